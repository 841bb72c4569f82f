import { findRequestRecord } from '../audit/find-record.ts';
import type { Journal } from '../audit/journal.ts';
import type { Clock } from '../clock.ts';
import type { Operation } from '../pipeline/operation.ts';
import type { Ports } from '../pipeline/ports.ts';
import type { Explanation } from './explanation.ts';
import { explainRequest } from './explain-request.ts';
import { type ExplainedRecord, explainRecord } from './explain-record.ts';
import { QuestionRefusal } from './refusals.ts';
import { requestRecordSchema } from './request-record.ts';
import { supposeRequest, type Supposition } from './supposed-request.ts';
import type { StoredIdentities } from '../identities/stored-identities.ts';
import { type KeyAccess, whoCan, type WhoCanQuestion } from './access/who-can.ts';

/** What explanations rest on. None of it changes anything or uses a key. */
export interface ExplainerParts {
  readonly ports: Ports;
  /** By the event source of their records: `kms.amazonaws.com`. */
  readonly operations: ReadonlyMap<string, ReadonlyMap<string, Operation>>;
  readonly principals: Pick<StoredIdentities, 'list'>;
  readonly journal: Pick<Journal, 'position'>;
  readonly journalFolder: string;
  readonly clock: Clock;
}

const kmsSource = 'kms.amazonaws.com';

/** Answers why requests are allowed or refused. It only reads. */
export class Explainer {
  readonly #parts: ExplainerParts;
  readonly #ports: Ports;

  constructor(parts: ExplainerParts) {
    this.#parts = parts;
    this.#ports = parts.ports;
  }

  /** Throws QuestionRefusal for a request that nobody could make. */
  async explain(supposition: Supposition): Promise<Explanation> {
    const asked = await supposeRequest(supposition, this.#parts.clock.now(), this.#kms, this.#ports);
    return explainRequest(asked, this.#ports);
  }

  /** Who may use a key, and why. Throws QuestionRefusal for a key, action or principal that there is not. */
  whoCan(question: WhoCanQuestion): Promise<KeyAccess> {
    const { clock, principals } = this.#parts;
    const ports = this.#ports;
    const { identities } = ports;
    return whoCan(question, { ports, identities, principals, operations: this.#kms, now: () => clock.now() });
  }

  get #kms(): ReadonlyMap<string, Operation> {
    return this.#parts.operations.get(kmsSource) ?? new Map<string, Operation>();
  }

  /** Throws QuestionRefusal where the journal has no such request. `isSecure`: whether requests come over TLS. */
  async explainRecorded(requestId: string, isSecure: boolean): Promise<ExplainedRecord> {
    const { journal, journalFolder, operations, clock } = this.#parts;
    const found = await findRequestRecord(journalFolder, requestId, journal.position);
    const parsed = requestRecordSchema.safeParse(found);
    if (!parsed.success) throw noSuchRequest(requestId);
    const record = parsed.data;
    const operation = operations.get(record.eventSource)?.get(record.eventName);
    return explainRecord(record, operation, { isSecure, now: clock.now() }, this.#ports);
  }
}

function noSuchRequest(requestId: string): QuestionRefusal {
  return new QuestionRefusal(
    `The journal has no request ${JSON.stringify(requestId)}.`,
    'Take the id from the reply (x-amzn-RequestId) or the error. Requests whose signature did not hold are in security.log.',
  );
}
