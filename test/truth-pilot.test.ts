import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { pilotTable, runPilot } from '../lib/src/cli/truth-pilot';
import { bestFirst, pilotRow } from '../lib/src/priors/truth-pilot';
import { PILOT_RECIPES, truthEpochs, truthRecipe } from '../lib/src/priors/truth-recipes';
import { truthStore, type Truth } from '../lib/src/priors/truth-store';
import { loadAccuracies } from '../lib/src/tables/accuracies';

const space = tinyNasBench201.space();

const truth = (id: number, accuracy: number, seconds = 10): Truth => ({
  id,
  architecture: space.cells[space.ids.indexOf(id)] ?? `cell ${id}`,
  accuracy,
  losses: [1],
  seconds,
  seed: 0,
  provenance: '0+0',
});
const byId = (truths: readonly Truth[]): Map<number, Truth> => new Map(truths.map((one) => [one.id, one]));

describe('pilot of recipes', () => {
  it('judges by rank correlations, of all cells and of the better half', () => {
    const wanted = new Map([10, 20, 30, 40].map((value, id) => [id, value]));
    const swapped = pilotRow(
      'a',
      byId([truth(0, 1), truth(1, 2), truth(2, 4, 20), truth(3, 3, 20), truth(9, 5)]),
      wanted,
    );
    // Of four ranks two neighbours are swapped: 1 − 6 · 2 / (4 · 15).
    assert.deepEqual({ ...swapped, all: 0 }, { recipe: 'a', cells: 4, all: 0, better: -1, seconds: 15 });
    assert.ok(Math.abs(swapped.all - 0.8) < 1e-12);
    const right = pilotRow('b', byId([0, 1, 2, 3].map((id) => truth(id, id))), wanted);
    const untried = pilotRow('c', new Map(), wanted);
    assert.deepEqual(
      bestFirst([untried, swapped, right]).map(({ recipe }) => recipe),
      ['b', 'a', 'c'],
    );
  });

  it('tries all on a third of the cells and the best three on all', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pilot-'));
    const file = (recipe: string): string => path.join(folder, `${recipe}.csv`);
    const { values } = loadAccuracies(tinyNasBench201, 'cifar10').score;
    const recipes = PILOT_RECIPES.slice(0, 5).map(({ name }) => name);
    const positions = Array.from({ length: 60 }, (_, i) => i * 17);
    const asked: [string, number][] = [];
    // On the first third the later a recipe the less noise it has, and the last one none; on the others the most.
    const train = async (recipe: string, some: readonly number[], to: string): Promise<boolean> => {
      asked.push([recipe, some.length]);
      const epochs = truthEpochs(truthRecipe(recipe)!);
      const store = await truthStore(epochs, space).open(to, { seed: 0 });
      for (const position of some) {
        const rank = recipes.indexOf(recipe);
        const noise = positions.indexOf(position) % 3 === 0 ? 2 * (recipes.length - 1 - rank) : 20 * rank;
        const accuracy = Math.min(100, Math.max(0, values[position]! + noise * Math.sin(position)));
        const id = space.ids[position]!;
        if (!store.records.has(id)) await store.add({ ...truth(id, accuracy), losses: Array<number>(epochs).fill(1) });
      }
      await store.close();
      return true;
    };
    const rounds = (await runPilot({ benchmark: tinyNasBench201, recipes, positions, file, train }))!;
    assert.deepEqual(
      asked.slice(0, 5),
      recipes.map((recipe) => [recipe, 20]),
    );
    assert.deepEqual(asked.slice(5).map(([recipe]) => recipe), [...recipes.slice(2)].reverse()); // prettier-ignore
    assert.deepEqual(
      rounds.map(({ cells, rows }) => [cells, ...rows.map((row) => row.cells)]),
      [
        [20, 20, 20, 20, 20, 20],
        [60, 60, 60, 60],
      ],
    );
    assert.equal(truthStore(truthEpochs(truthRecipe(recipes[0]!)!), space).read(file(recipes[0]!)).size, 20);
    assert.match(pilotTable(rounds[1]!.rows), /^\| recipe \|.*\n\|---.*\n\| `.*` \| .* \| 60 \| \d\.\d\d \|/);

    // Again: the same, although the files of the best three hold more now, by which they would not be the best.
    const before = asked.splice(0);
    assert.deepEqual(await runPilot({ benchmark: tinyNasBench201, recipes, positions, file, train }), rounds);
    assert.deepEqual(asked, before);

    // Against a recipe: that one is trained first, and is known afterwards.
    asked.length = 0;
    await runPilot({ benchmark: tinyNasBench201, recipes: recipes.slice(0, 2), positions, against: recipes[4], file, train }); // prettier-ignore
    assert.deepEqual(asked, [
      [recipes[4], 60],
      [recipes[0], 60],
      [recipes[1], 60],
    ]);
    // Against accuracies from elsewhere: here those of the least noisy recipe, the other way round.
    asked.length = 0;
    const best = truthStore(truthEpochs(truthRecipe(recipes[4]!)!), space).read(file(recipes[4]!));
    const known = new Map([...best].map(([id, { accuracy }]) => [id, -accuracy]));
    const [round] = (await runPilot({ benchmark: tinyNasBench201, recipes: [recipes[4]!], positions, against: known, file, train }))!; // prettier-ignore
    assert.deepEqual(asked, [[recipes[4], 60]]);
    assert.equal(round!.rows[0]!.all, -1);
    assert.equal(await runPilot({ benchmark: tinyNasBench201, recipes, positions, file, train: () => Promise.resolve(false) }), undefined); // prettier-ignore
    rmSync(folder, { recursive: true });
  });

  it('has candidates of different names, and trainings five times as long', () => {
    assert.equal(new Set(PILOT_RECIPES.map(({ name }) => name)).size, PILOT_RECIPES.length);
    const [short, long] = [truthRecipe('32-half')!, truthRecipe('32-half-long')!];
    assert.equal(truthEpochs(long), 5 * truthEpochs(short));
    assert.deepEqual({ ...long, name: 0, about: 0, phases: 0 }, { ...short, name: 0, about: 0, phases: 0 });
    assert.equal(truthRecipe('none-long'), undefined);
  });
});
