import assert from 'node:assert/strict';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { parsePartName, randomPart } from '../lib/src/benchmarks/random-part';
import { findBenchmark } from '../lib/src/benchmarks/registry';
import { tinyNanoBench } from '../lib/src/benchmarks/tiny-nano-bench/tiny-nano-bench';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { loadCodes } from '../lib/src/tables/load-codes';

const whole = nasBench201.space();

describe('randomPart', () => {
  const half = randomPart(nasBench201, 0.5, 3);
  const space = half.space();
  const at = (position: number): number => space.ids[position]!; // in the whole an id is its position

  it('has a share of the networks, one cell each, by its number alone', () => {
    assert.equal(half.name, 'nas-bench-201-part-0.5-3');
    assert.equal(space.size, 2630);
    assert.equal(new Set(Array.from(space.ids, (id) => whole.networkForm(id))).size, 2630);
    assert.deepEqual(randomPart(nasBench201, 0.5, 3).space().ids, space.ids);
    assert.notDeepEqual(randomPart(nasBench201, 0.5, 4).space().ids, space.ids);
    assert.equal(randomPart(nasBench201, 1, 0).space().size, 5260);
  });

  it('has a name by which every command finds it', () => {
    const found = findBenchmark('nas-bench-201-part-0.5-3');
    assert.deepEqual(found.space().ids, space.ids);
    assert.equal(findBenchmark('nas-bench-201-part-0.5-3'), found);
    assert.equal(found.defaultCodes, nasBench201.defaultCodes);
    assert.deepEqual(parsePartName('a-part-0.1-12'), { whole: 'a', share: 0.1, draw: 12 });
    for (const name of ['nas-bench-201', 'a-part-2-1', 'a-part-0.0-1', 'a-part-0.5', 'a-part-0.5-x'])
      assert.equal(parsePartName(name), undefined);
    assert.throws(() => findBenchmark('nothing-part-0.5-3'), /no benchmark is called "nothing"/);
  });

  it('has cells, graphs, labels, scores and costs of the whole', () => {
    const [all, some] = [nasBench201, half].map((each) => loadAccuracies(each, 'cifar100').label.values);
    const [scores, own] = [nasBench201, half].map((each) => loadCodes(each, 'synflow'));
    const { nodes } = space.graphs;
    for (const position of [0, 1000, 2629]) {
      const id = at(position);
      assert.equal(space.cells[position], whole.cells[id]);
      assert.deepEqual(
        space.graphs.hot.slice(position * nodes, (position + 1) * nodes),
        whole.graphs.hot.slice(id * nodes, (id + 1) * nodes),
      );
      assert.equal(some![position], all![id]);
      assert.deepEqual(own!.read([position]), scores!.read([id]));
      assert.deepEqual(space.cost!(position, 'cifar100'), whole.cost(id, 'cifar100'));
    }
  });

  it('has as neighbours the networks one change away that are in it', () => {
    const { representativeOf } = equalNetworks(whole);
    for (const position of [5, 2000]) {
      const around = new Set(Array.from(whole.neighbours(at(position)), (each) => representativeOf[each]!));
      const found = Array.from(space.neighbours!(position), at);
      assert.ok(found.length > 0);
      assert.deepEqual(
        found,
        Array.from(space.ids).filter((id) => around.has(id) && id !== at(position)),
      );
    }
  });

  it('works where graphs have wirings and sizes of their own', () => {
    const nano = tinyNanoBench.space();
    const { graphs, cells } = randomPart(tinyNanoBench, 0.25, 1).space();
    const last = cells.length - 1;
    const id = nano.cells.indexOf(cells[last]!);
    const { nodes } = nano.graphs;
    const edges = (values: typeof graphs.adjacency, cell: number) =>
      Array.from(values.slice(cell * nodes ** 2, (cell + 1) * nodes ** 2));
    assert.deepEqual(edges(graphs.adjacency, last), edges(nano.graphs.adjacency, id));
    assert.equal(graphs.sizes![last], nano.graphs.sizes![id]);
  });
});
