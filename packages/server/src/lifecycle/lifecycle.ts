import { serviceUnavailable } from '@keyhaven/api-model';
import { randomUuid, type Secret } from '@keyhaven/crypto';
import { renderServiceEvent } from '../audit/record.ts';
import { OpenSeal } from '../installation/open-seal.ts';
import { protocolFor } from '../protocol/decode.ts';
import type { WireReply } from '../protocol/wire-reply.ts';
import type { WireRequest } from '../protocol/wire-request.ts';
import { protocols } from '../request-path.ts';
import { storeClockMove } from '../jobs/store-clock-move.ts';
import { select } from '../storage/query.ts';
import { installationTable } from '../storage/tables.ts';
import { readSealHeader, type SealHeader } from '../seal/seal-header.ts';
import { SealRefusal } from '../seal/seal-refusal.ts';
import { StartRefusal } from '../start-refusal.ts';
import type { Seed } from '../seed/seed.ts';
import { openService, type OpenService } from './open-service.ts';
import type { Surroundings } from './surroundings.ts';

export type LifecycleState = 'sealed' | 'unsealing' | 'open' | 'sealing' | 'closed';

/** The `eventType` of what administrators do, and of what the service does about its seal by itself. */
export const administrationEvent = 'KeyhavenAdministration';

/** What happened while there was no journal to tell it to. */
interface PendingEvent {
  readonly name: string;
  readonly at: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Failed unsealings can be many; the journal is told of the latest. */
const mostPendingEvents = 100;
/** What is kept longest: who asks for the status again and again must not push it out. */
const unsealFailed = 'UnsealFailed';

/** The service through its sealings and unsealings. Requests are answered in every state: while it is sealed, with 503. */
export class Lifecycle {
  readonly #surroundings: Surroundings;
  #seed: Seed | undefined;
  #state: LifecycleState = 'sealed';
  #service: OpenService | undefined;
  #seal: OpenSeal | undefined;
  #pending: PendingEvent[] = [];
  #sealings = 0;
  /** Sealings and unsealings, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** `seed` is applied at the first opening. */
  constructor(surroundings: Surroundings, seed: Seed | undefined) {
    this.#surroundings = surroundings;
    this.#seed = seed;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Undefined unless the service is open. */
  get service(): OpenService | undefined {
    return this.#state === 'open' ? this.#service : undefined;
  }

  /** Undefined unless the service is open. */
  get seal(): OpenSeal | undefined {
    return this.#state === 'open' ? this.#seal : undefined;
  }

  /** How often sealing was asked for: an unsealing that began before the latest must open nothing any more. */
  get sealings(): number {
    return this.#sealings;
  }

  serve(wire: WireRequest, respond: (reply: WireReply, requestId: string) => void): void {
    if (this.#state === 'open' && this.#service !== undefined) {
      this.#service.path.serve(wire, respond);
      return;
    }
    const requestId = randomUuid();
    respond(protocolFor(wire, protocols).renderError(serviceUnavailable(), requestId), requestId);
  }

  /**
   * Opens the service with the key that the header's seal gave, which moves here. `since` is what `sealings` was when the
   * header was read. Does nothing while it is open. Throws StartRefusal where sealing was asked for meanwhile.
   */
  unseal(header: SealHeader, sealingKey: Secret, by: string, since: number): Promise<void> {
    return this.#inTurn(() => this.#open(header, sealingKey, by, since));
  }

  /**
   * Stops serving at once, answers what is under way, and zeroises every key. While it is sealed, it ends the unsealings
   * that have begun.
   */
  lock(by: string): Promise<void> {
    this.#sealings++;
    return this.#inTurn(() => this.#shut('sealed', by));
  }

  /** The process is about to end: what takes long and goes on at the next start must not hold that up. */
  interruptRotations(): void {
    this.#service?.rotations.interrupt();
  }

  /** For good: the process is about to end. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#shut('closed', undefined));
  }

  /** What must hold for requests to be served; the names are those of `/ready`. */
  async readiness(): Promise<Readonly<Record<'unsealed' | 'fresh' | 'journalWritable', boolean>>> {
    const { service } = this;
    return {
      unsealed: service !== undefined,
      fresh: service !== undefined && this.#surroundings.isFolderHeld() && (await isStoreReadable(service)),
      journalWritable: service !== undefined && isJournalWritable(service),
    };
  }

  /** Development only: moves the service's time ahead and does what is due by then. */
  async moveClock(seconds: number): Promise<void> {
    const { service } = this;
    if (service === undefined) throw new Error('the service is sealed');
    this.#surroundings.clock.advance(seconds * 1000);
    await storeClockMove(service.parts, seconds);
    await service.jobs.runAfterMove();
  }

  /** Tells the journal, at once or when there is one again. */
  note(name: string, details: Readonly<Record<string, unknown>>): void {
    const at = this.#surroundings.clock.now();
    this.#pending.push({ name, at, details: { eventType: administrationEvent, ...details } });
    if (this.#pending.length > mostPendingEvents) {
      const expendable = this.#pending.findIndex((event) => event.name !== unsealFailed);
      this.#pending.splice(Math.max(expendable, 0), 1);
    }
    if (this.service !== undefined) this.#tellPending(this.service);
  }

  async #open(header: SealHeader, sealingKey: Secret, by: string, since: number): Promise<void> {
    if (this.#state !== 'sealed' || since !== this.#sealings) {
      sealingKey.dispose();
      if (this.#state === 'sealed') throw sealedMeanwhile();
      return;
    }
    this.#state = 'unsealing';
    const opening = new DisposableStack();
    opening.use(sealingKey);
    try {
      const path = this.#surroundings.folder.sealHeader;
      const seal = opening.use(new OpenSeal(path, presentHeader(path, header), sealingKey));
      const rootKeys = seal.openRootKeys();
      for (const { key } of rootKeys) opening.use(key);
      const unsealed = { installationId: header.installationId, rootKeys };
      this.#service = await openService(this.#surroundings, unsealed, seal, this.#takeSeed());
      opening.move();
      this.#seal = seal;
      this.#state = 'open';
      this.note('Unseal', { seal: header.seal.kind, operator: by });
    } catch (error) {
      opening.dispose();
      this.#state = 'sealed';
      throw error;
    }
  }

  /** A seed's secrets are gone once it is applied. */
  #takeSeed(): Seed | undefined {
    const seed = this.#seed;
    this.#seed = undefined;
    return seed;
  }

  async #shut(next: 'sealed' | 'closed', by: string | undefined): Promise<void> {
    const service = this.#service;
    if (service === undefined) {
      // What ended for good is not sealed again, or it could be unsealed again.
      if (this.#state !== 'closed') this.#state = next;
      return;
    }
    if (by !== undefined) this.note('Seal', { operator: by });
    // From this line on no request begins.
    this.#state = 'sealing';
    try {
      await service.close();
    } finally {
      this.#service = undefined;
      this.#seal?.dispose();
      this.#seal = undefined;
      this.#state = next;
    }
  }

  /** Straight into the journal: nothing in the store changes with these. What cannot be written now is told later. */
  #tellPending({ parts: { audit, alarm } }: OpenService): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    try {
      audit.journal.append(
        pending.map(({ name, at, details }) => renderServiceEvent(name, at, details).record),
      );
    } catch (error) {
      alarm.raise('journal unwritable', { reason: String(error instanceof Error ? error.cause : error) });
    }
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * The header as it is now. The one that the sealing key was made for was read before it was this unsealing's turn: the
 * sealing before it may still have let a rotation write another root key into it, or another seal have taken its place.
 */
function presentHeader(path: string, opened: SealHeader): SealHeader {
  const present = readSealHeader(path);
  if (present !== undefined && JSON.stringify(present.seal) === JSON.stringify(opened.seal)) return present;
  throw new SealRefusal(
    'The seal was changed while it was being opened.',
    'Unseal again, with what opens the new one.',
    { isTransient: true },
  );
}

function sealedMeanwhile(): StartRefusal {
  return new StartRefusal(
    'The service was sealed while it was being unsealed.',
    'Run keyhaven unseal again if it is to be opened all the same.',
  );
}

async function isStoreReadable({ parts: { storage } }: OpenService): Promise<boolean> {
  try {
    const [rows] = await storage.snapshot(select(installationTable, {}));
    return rows.length === 1;
  } catch {
    return false;
  }
}

/** Tries again what could not be written. */
function isJournalWritable({ parts: { audit } }: OpenService): boolean {
  try {
    audit.journal.assertWritable();
    return true;
  } catch {
    return false;
  }
}
