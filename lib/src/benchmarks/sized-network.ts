import { type Network } from '../convnet/network';
import { CELL_NETWORKS, cellNetwork } from './nas-bench-201/cell-network';
import { type CellSpace } from './nas-bench-201/nas-bench-201';

/** How large a network is built around a cell, whatever the space: the same size makes comparable networks in each. */
export interface NetworkSize {
  /** Channels of the first of three stages; each later one doubles them. */
  channels: number;
  /** Cells of a stage. */
  cells: number;
  /** Side of the images in pixels. */
  imageSize: number;
}

/** The network that a cell of NAS-Bench-201 makes: the benchmark's own, or at another size. */
export function sizedNetwork(space: CellSpace, position: number, size: NetworkSize | 'full'): Network {
  const cell = space.operations[position]!;
  if (size === 'full') return cellNetwork(cell, CELL_NETWORKS.benchmark);
  const { channels, cells, imageSize } = size;
  return cellNetwork(cell, { ...CELL_NETWORKS.benchmark, channels, cellsPerStage: cells, imageSize });
}
