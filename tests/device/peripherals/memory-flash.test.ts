import { MemoryFlash } from '../../../device/peripherals/memory-flash.ts';
import { flashContract } from '../../contract/flash.ts';

flashContract('the flash in memory', async (capacityBytes) => new MemoryFlash(capacityBytes));
