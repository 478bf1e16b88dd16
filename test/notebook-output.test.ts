import assert from 'node:assert/strict';
import { writeOutput } from '../lib/src/notebook/kernel-output';
import { throttleProgress } from '../lib/src/notebook/progress-line';
import { showChart } from '../lib/src/notebook/show-chart';
import { showTable, tableHtml, tableText } from '../lib/src/notebook/table';

const KERNEL = require.resolve('tslab/dist/jupyter');

interface Message {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient: { display_id: string };
}

/** Runs something as if in a kernel, and returns what it would have sent. */
async function inKernel(run: () => unknown): Promise<{ message: Message; update: boolean }[]> {
  const sent: { message: Message; update: boolean }[] = [];
  const lastWriteDisplayData = (message: Message, update: boolean): void => void sent.push({ message, update });
  require.cache[KERNEL] = { exports: { lastWriteDisplayData } } as unknown as NodeJS.Module;
  try {
    await run();
  } finally {
    delete require.cache[KERNEL];
  }
  return sent;
}

describe('notebook outputs', () => {
  it('say outside a notebook what to use there', () => {
    assert.throws(() => writeOutput({ 'text/plain': 'x' }), /no notebook is running.*charts\.writeFigure/);
  });

  it('replace an earlier one by its id', async () => {
    const sent = await inKernel(() => writeOutput({ 'text/plain': 'b' }, {}, writeOutput({ 'text/plain': 'a' })));
    assert.deepEqual(
      sent.map(({ update }) => update),
      [false, true],
    );
    assert.equal(sent[0]!.message.transient.display_id, sent[1]!.message.transient.display_id);
  });

  it('show a chart once, as picture and as data', async () => {
    const chart = (rows: number) => ({
      title: { text: 'A chart' },
      data: { values: Array.from({ length: rows }, (_, x) => ({ x, note: 'x'.repeat(400) })) },
      mark: 'point' as const,
      encoding: { x: { field: 'x', type: 'quantitative' as const } },
    });
    const [small, large] = await inKernel(async () => {
      await showChart(chart(2));
      await showChart(chart(1000));
    });
    assert.deepEqual(Object.keys(small!.message.data), ['image/png', 'application/vnd.vegalite.v5+json', 'text/plain']);
    assert.equal(small!.message.data['text/plain'], 'A chart');
    assert.ok((small!.message.metadata['image/png'] as { width: number }).width > 50);
    assert.deepEqual(Object.keys(large!.message.data), ['image/png', 'text/plain']);
  });

  it('show a table as HTML and as text', async () => {
    const [output] = await inKernel(() => showTable([{ a: 1 }]));
    assert.deepEqual(Object.keys(output!.message.data), ['text/html', 'text/plain']);
  });
});

describe('tables', () => {
  const rows = [
    { method: 'siams <b>', mean: 73.456, n: 30 },
    { method: 'random', mean: -1.2, n: 15625 },
    { method: 'none', mean: NaN, n: null },
  ];

  it('align numbers, and escape words', () => {
    const html = tableHtml(rows, { headings: { mean: 'mean (%)' }, caption: 'C' });
    assert.match(html, /<th style="text-align: right[^"]*">mean \(%\)<\/th>/);
    assert.match(html, /<td style="text-align: left">siams &lt;b&gt;<\/td>/);
    assert.match(html, />73\.46</);
    assert.match(html, />15,625</);
    assert.match(html, /<caption[^>]*>C</);
  });

  it('have a text form', () => {
    assert.equal(
      tableText(rows, { decimals: { mean: 1 } }),
      [
        'method     mean       n',
        '---------  ----  ------',
        'siams <b>  73.5      30',
        'random     −1.2  15,625',
        'none          –       –',
      ].join('\n'),
    );
  });

  it('take a frame, and set thousands apart', () => {
    const frame = { columns: ['id', 'x'], values: [0, 1].map((id) => [id, 0.5]) };
    assert.equal(
      tableText(frame, { decimals: { x: 4 } })
        .split('\n')
        .at(-1),
      ' 1  0.5000',
    );
    assert.equal(
      tableText([{ x: 1234567.12345 }], { decimals: { x: 5 } })
        .split('\n')
        .at(-1),
      '1,234,567.12345',
    );
  });
});

describe('progress line', () => {
  it('updates at most four times a second, and ends without a time', () => {
    const lines: string[] = [];
    let time = 0;
    const report = throttleProgress(
      (line) => lines.push(line),
      () => time,
    );
    for (let done = 1; done <= 100; done++) {
      time += 50;
      report({ done, total: 100, text: 'best 73.5' });
    }
    assert.equal(lines.length, 21);
    assert.match(lines[5]!, /^█{6}░{18} 26\/100 · best 73\.5 · 4 s left$/);
    assert.equal(lines.at(-1), `${'█'.repeat(24)} 100/100 · best 73.5`);
  });
});
