import { join } from 'node:path';
import {
  openCatalogue,
  openMemoryCatalogue,
} from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import { catalogueContract } from '../../contract/catalogue.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const inFolder = () => join(temporaryFolder(), 'data', 'catalogue.sqlite');

catalogueContract('SQLite catalogue', async () => openCatalogue(inFolder()));
catalogueContract('forgotten SQLite catalogue', async () => openMemoryCatalogue());
