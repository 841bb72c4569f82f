import { Secret } from '@keyhaven/crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { ServiceOptions } from '../config/service-options.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { OpenService } from '../lifecycle/open-service.ts';
import type { Unsealer } from '../lifecycle/unsealer.ts';
import { StartRefusal } from '../start-refusal.ts';
import type { Change } from '../storage/unit-of-work.ts';

/** An act that is not carried out: why, and what to do about it. */
export class ActRefusal extends StartRefusal {}

export interface ServicePlace {
  readonly url: string;
  /** Epoch milliseconds of the wall clock. */
  readonly startedAt: number;
}

export interface Progress {
  readonly text: string;
  readonly done?: number;
  readonly of?: number;
}

/** What an act may use. None of it encrypts, decrypts or signs for anyone: administrators have no right to use keys. */
export interface ActContext {
  /** Who asks: the name of an operator's certificate, or `socket` for whoever may open the socket in the data folder. */
  readonly operator: string;
  readonly options: ServiceOptions;
  readonly dataDir: string;
  /** Where requests are answered, and since when this process runs. */
  readonly place: ServicePlace;
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
  readonly unsealer: Unsealer;
  readonly progress: (progress: Progress) => void;
  /** The open service; refused while the service is sealed. */
  readonly service: () => OpenService;
  /** Commits changes with the act's record in the same transaction. Throws CommitConflict where a row has changed. */
  readonly commit: (changes: readonly Change[], details: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** One act of the administrator: what it takes, what it answers, and what the journal says of it. */
export interface Act<Input = unknown, Result = unknown> {
  /** As it stands in the path: `account-create`. */
  readonly name: string;
  /** The journal's name for it; undefined for what the journal is told of in the act itself. */
  readonly eventName: string | undefined;
  readonly input: z.ZodType<Input>;
  /** The members of the input that the journal shows; never a secret. */
  readonly recorded: readonly (keyof Input & string)[];
  run(input: Input, context: ActContext): Promise<Result>;
}

export function act<Input, Result>(declaration: Act<Input, Result>): Act<Input, Result> {
  return Object.freeze(declaration);
}

/** A secret in a request: on the wire its bytes in Base64, which never become a string here. */
export const secretBytes = z.custom<Secret>((value) => value instanceof Secret, 'must be bytes in Base64');
