import { StartRefusal } from '../start-refusal.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { fingerprintTlsFiles, readTlsFiles, type TlsFiles, type TlsMaterial } from './tls-files.ts';

/** How often the files are looked at: soon enough for whoever waits for a renewal, and three `stat` calls each time. */
const watchIntervalMs = 5_000;

/** The alarm comes this long before a certificate ends. */
const expiryNoticeMs = 14 * 24 * 60 * 60 * 1000;

/** The alarm about a certificate's validity is repeated so often. */
const noticeIntervalMs = 24 * 60 * 60 * 1000;

export interface TlsWatchParts {
  readonly files: TlsFiles;
  /** Makes new connections use the material; throws StartRefusal if it cannot be used. */
  readonly install: (material: TlsMaterial) => void;
  /** Told after a change of who may vouch for clients. */
  readonly onNewClientCa: () => void;
  readonly alarm: Pick<Alarm, 'raise'>;
  /** The wall clock, in milliseconds: what certificates are valid by. */
  readonly wallNow: () => number;
  readonly intervalMs: number | undefined;
}

/** How a reload ended. */
export type TlsReload =
  { readonly isTaken: true } | { readonly isTaken: false; readonly refusal: StartRefusal };

type InUse = Omit<TlsMaterial, 'cert' | 'key'>;

/**
 * Keeps the certificate of a running service current: looks by itself whether the files have changed, and takes what
 * they hold as a whole or not at all.
 */
export class TlsWatch {
  readonly #parts: TlsWatchParts;
  #inUse: InUse | undefined;
  /** Of the files as they were when they were last read. */
  #seen = '';
  /** Why what they held then was not taken. */
  #refusal: StartRefusal | undefined;
  #alarmedOf = '';
  #noticedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: TlsWatchParts) {
    this.#parts = parts;
  }

  /**
   * Takes the files for the first time, and watches them from here on. Throws StartRefusal if they cannot be used. A
   * certificate that is not valid now only raises the alarm: its clients see it for themselves, those that were told to
   * accept it go on, and a service that does not start can be reached by none.
   */
  start(): void {
    this.#seen = fingerprintTlsFiles(this.#parts.files);
    this.#take();
    this.#noticeValidity();
    this.#timer = setInterval(() => {
      this.#look();
    }, this.#parts.intervalMs ?? watchIntervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes the files now, changed or not. What was in use stays in use if they cannot be used. */
  reload(): TlsReload {
    this.#seen = fingerprintTlsFiles(this.#parts.files);
    this.#tryToTake();
    if (this.#refusal === undefined) return { isTaken: true };
    this.#alarmOfRefusal(this.#refusal);
    return { isTaken: false, refusal: this.#refusal };
  }

  #look(): void {
    const seen = fingerprintTlsFiles(this.#parts.files);
    const isSettled = seen === this.#seen;
    if (!isSettled || this.#refusal !== undefined) {
      this.#seen = seen;
      this.#tryToTake();
      // Certificate and key are mostly replaced one after the other. What does not match between the two is no fault;
      // it is one when the files have not changed since the last look.
      if (isSettled && this.#refusal !== undefined) this.#alarmOfRefusal(this.#refusal);
    }
    this.#noticeValidity();
  }

  #tryToTake(): void {
    try {
      this.#take();
      this.#refusal = undefined;
      this.#alarmedOf = '';
    } catch (error) {
      if (!(error instanceof StartRefusal)) throw error;
      this.#refusal = error;
    }
  }

  #take(): void {
    const { files, install, onNewClientCa } = this.#parts;
    const { key, cert, ...material } = readTlsFiles(files);
    const previous = this.#inUse;
    try {
      this.#refuseWorse(material);
      install({ ...material, key, cert });
    } finally {
      key.fill(0);
    }
    this.#inUse = material;
    this.#noticedAt = -Infinity;
    if (previous?.clientCa === undefined || material.clientCa === undefined) return;
    if (!previous.clientCa.equals(material.clientCa)) onNewClientCa();
  }

  /** A certificate that works is not given up for one that does not. */
  #refuseWorse(material: InUse): void {
    const now = this.#parts.wallNow();
    if (this.#inUse === undefined || !isValidAt(now, this.#inUse) || isValidAt(now, material)) return;
    const [from, to] = [material.validFromMs, material.validToMs].map(formatTime);
    throw new StartRefusal(
      `The new TLS certificate ${this.#parts.files.certFile} is valid from ${from} to ${to} only, which is not now.`,
      'The one before stays in use. Put a certificate there that is valid now.',
    );
  }

  #alarmOfRefusal({ message, nextStep }: StartRefusal): void {
    if (this.#alarmedOf === message) return;
    this.#alarmedOf = message;
    this.#parts.alarm.raise('TLS files not taken', { reason: message, nextStep });
  }

  #noticeValidity(): void {
    const { wallNow, files, alarm } = this.#parts;
    const now = wallNow();
    if (this.#inUse === undefined || now - this.#noticedAt < noticeIntervalMs) return;
    const { validFromMs, validToMs } = this.#inUse;
    const event = describeValidity(now, this.#inUse);
    if (event === undefined) return;
    this.#noticedAt = now;
    const [validFrom, validTo] = [formatTime(validFromMs), formatTime(validToMs)];
    alarm.raise(event, { certFile: files.certFile, validFrom, validTo });
  }
}

function isValidAt(now: number, { validFromMs, validToMs }: InUse): boolean {
  return validFromMs <= now && now < validToMs;
}

function describeValidity(now: number, { validFromMs, validToMs }: InUse): string | undefined {
  if (now < validFromMs) return 'TLS certificate not valid yet';
  if (now >= validToMs) return 'TLS certificate expired';
  return validToMs - now < expiryNoticeMs ? 'TLS certificate expires soon' : undefined;
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
