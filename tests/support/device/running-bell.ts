/** A booted doorbell on a simulated board, with everything it told kept. */

import type { ConfigInput } from '../../../device/config.ts';
import { bootFirmware, type Firmware } from '../../../device/firmware.ts';
import { silentLog } from '../../../device/log.ts';
import type { Happening } from '../../../device/services/happenings.ts';
import type { DeviceEvent } from '../../../device/wire/messages.ts';
import type { CloudClip } from './fake-cloud.ts';
import {
  createSimulatedBoard,
  type SimulatedBoard,
  type SimulatedBoardOptions,
  testConfig,
} from './simulated-board.ts';

export type RunningBell = {
  readonly board: SimulatedBoard;
  readonly firmware: Firmware;
  readonly happenings: readonly Happening[];
  /** The cloud's events of a kind, in order. */
  events(kind: DeviceEvent['kind']): readonly DeviceEvent[];
  /** The cloud's clips by `seq`. */
  clips(): readonly CloudClip[];
  stop(): Promise<void>;
};

export async function bootBell(
  config: Partial<ConfigInput> = {},
  options: SimulatedBoardOptions = {},
): Promise<RunningBell> {
  const board = createSimulatedBoard(options);
  const firmware = await bootFirmware(board, testConfig(config), silentLog);
  const happenings: Happening[] = [];
  firmware.subscribe((happening) => happenings.push(happening));
  return {
    board,
    firmware,
    happenings,
    events: (kind) =>
      [...board.cloud.events.values()]
        .filter((event) => event.kind === kind)
        .sort((a, b) => a.seq - b.seq),
    clips: () => [...board.cloud.clips.values()].sort((a, b) => a.opening.seq - b.opening.seq),
    async stop() {
      const stopped = firmware.stop();
      await board.clock.advance(5_000);
      await stopped;
    },
  };
}
