/** What went wrong at start, as a sentence for whoever started it. */
import { BackupError } from './backends/backup/backup-error.ts';
import { RedoLogError } from './backends/backup/redo-record.ts';
import { BrokerListenError } from './backends/broker/tls-listener.ts';
import { CatalogueError } from './backends/catalogue-file.ts';
import { MasterKeyError } from './backends/file-key-vault-master.ts';
import { FolderLockedError } from './backends/folder-lock.ts';
import { LedgerKeyError } from './backends/ledger-key.ts';
import { BrokerConnectError } from './backends/mqtt-bus.ts';
import { PkiError } from './backends/pki/pki-error.ts';
import { CloudConfigError } from './config.ts';
import { CheckpointKeyError } from './services/ledger/checkpoints.ts';

const expected = [
  BackupError,
  BrokerConnectError,
  BrokerListenError,
  CatalogueError,
  CheckpointKeyError,
  CloudConfigError,
  FolderLockedError,
  LedgerKeyError,
  MasterKeyError,
  PkiError,
  RedoLogError,
];

/** Null when the error is not one that a start may end with: a fault of ours. */
export function startFailure(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (expected.some((kind) => error instanceof kind)) return error.message;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `the address is taken: ${error.message}`;
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOSPC' || code === 'EADDRNOTAVAIL') {
    return error.message;
  }
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    return error.message;
  }
  return null;
}
