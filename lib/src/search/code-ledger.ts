/** The codes of all cells, by position, as a table or a trainer gives them. */
export interface CodeReader {
  /** Numbers of a code. */
  entries: number;
  /** @returns the codes of the cells one after the other, `[B · entries]` */
  read(positions: ArrayLike<number>): Float32Array;
}

/** Reads codes for R repeats and keeps count: a code costs trainings, but a cell that was read before is not paid twice. */
export class CodeLedger {
  private readonly cells: Set<number>[];

  constructor(
    private readonly source: CodeReader,
    repeats: number,
  ) {
    this.cells = Array.from({ length: repeats }, () => new Set<number>());
  }

  /** The codes of some cells of one repeat, `[B · entries]`. */
  readonly read = (repeat: number, positions: ArrayLike<number>): Float32Array => {
    const cells = this.cells[repeat]!;
    for (let i = 0; i < positions.length; i++) cells.add(positions[i]!);
    return this.source.read(positions);
  };

  /** Number of different cells whose code was read for one repeat. */
  used(repeat: number): number {
    return this.cells[repeat]!.size;
  }
}
