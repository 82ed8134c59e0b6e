/** The refusals a route of the office can give, for its schema. */
import { problemSchema } from './problems.ts';

export const officeRefusals = {
  400: problemSchema,
  401: problemSchema,
  403: problemSchema,
  404: problemSchema,
  409: problemSchema,
  422: problemSchema,
  429: problemSchema,
} as const;
