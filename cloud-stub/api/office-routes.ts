/** The records office over HTTP: every route is a row of route-table.ts. [SEC-1] */
import type { ApiServer } from './api-context.ts';
import { addConsentRoutes } from './consent-routes.ts';
import { addDemandActRoutes } from './demand-act-routes.ts';
import { addDemandRoutes } from './demand-routes.ts';
import { addHoldRoutes } from './hold-routes.ts';
import { addLedgerRoutes } from './ledger-routes.ts';
import type { OfficeCloud } from './office-cloud.ts';
import { addPeopleRoutes } from './people-routes.ts';

export function addOfficeRoutes(server: ApiServer, office: OfficeCloud): void {
  addPeopleRoutes(server, office);
  addConsentRoutes(server, office.desk);
  addDemandRoutes(server, office.desk);
  addDemandActRoutes(server, office.desk);
  addHoldRoutes(server, office.desk);
  addLedgerRoutes(server, office.auditing);
}
