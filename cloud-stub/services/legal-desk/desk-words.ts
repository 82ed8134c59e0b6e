/** Words of the law that the API's requests may use; it imports nothing of legal/ itself. */
export { stages } from '../../legal/matter.ts';
export { checkIds, dataClasses, motionGrounds } from '../../legal/process-rules.ts';
export { reasons } from '../../legal/reasons.ts';
