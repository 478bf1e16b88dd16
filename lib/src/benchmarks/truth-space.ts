import { nasBench201, tinyNasBench201, type CellSpace } from './nas-bench-201/nas-bench-201';

const SPACES: Record<string, () => CellSpace> = {
  'nas-bench-201': nasBench201,
  'tiny-nas-bench-201': tinyNasBench201,
};

/** Names of the spaces whose cells can be trained. */
export const TRUTH_SPACES = Object.keys(SPACES);

/** A space by name. */
export function truthSpace(name: string): CellSpace {
  return SPACES[name]!();
}
