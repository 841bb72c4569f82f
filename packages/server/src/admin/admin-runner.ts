import { renderServiceEvent } from '../audit/record.ts';
import type { Clock } from '../clock.ts';
import { administrationEvent, type Lifecycle } from '../lifecycle/lifecycle.ts';
import type { OpenService } from '../lifecycle/open-service.ts';
import type { Surroundings } from '../lifecycle/surroundings.ts';
import type { Unsealer } from '../lifecycle/unsealer.ts';
import { StartRefusal } from '../start-refusal.ts';
import { type Change, CommitConflict } from '../storage/unit-of-work.ts';
import { type Act, ActRefusal, type ActContext, type Progress, type ServicePlace } from './act.ts';
import { acts } from './acts.ts';

/** One line of a reply: any number of these, the last of them a result or a refusal. */
export type ReplyLine =
  | { readonly progress: Progress }
  | { readonly result: unknown }
  | { readonly refusal: { readonly reason: string; readonly nextStep: string } };

const mostAttempts = 5;

/** What an operator may send in one request must not become what one record holds. */
const mostParameterCharacters = 16 * 1024;
const mostMessageCharacters = 2048;

/** Carries out the acts of administrators, one record in the journal for each, refused ones too. */
export class AdminRunner {
  readonly #surroundings: Surroundings;
  readonly #lifecycle: Lifecycle;
  readonly #unsealer: Unsealer;
  readonly #place: ServicePlace;

  constructor(surroundings: Surroundings, lifecycle: Lifecycle, unsealer: Unsealer, place: ServicePlace) {
    this.#place = place;
    this.#surroundings = surroundings;
    this.#lifecycle = lifecycle;
    this.#unsealer = unsealer;
  }

  knows(name: string): boolean {
    return acts.has(name);
  }

  /** `operator`: who asks. Calls `onLine` for every line of the reply and resolves after the last. */
  async run(name: string, body: unknown, operator: string, onLine: (line: ReplyLine) => void): Promise<void> {
    const one = acts.get(name);
    if (one === undefined) {
      onLine({
        refusal: refusalOf(
          new ActRefusal(`There is no act ${name}.`, 'Use the keyhaven command of this version.'),
        ),
      });
      return;
    }
    const recording = new Recording(this.#lifecycle, this.#surroundings.clock, one, operator);
    try {
      const result = await this.#attempt(one, body, recording, onLine);
      recording.tell(undefined);
      onLine({ result });
    } catch (error) {
      const refusal = refusalOf(error);
      recording.tell(refusal.reason);
      if (!(error instanceof StartRefusal))
        this.#surroundings.alarm.raise('act failed', { act: name, reason: refusal.reason });
      onLine({ refusal });
    }
  }

  async #attempt(
    one: Act,
    body: unknown,
    recording: Recording,
    onLine: (line: ReplyLine) => void,
  ): Promise<unknown> {
    const parsed = one.input.safeParse(body);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      throw new ActRefusal(`${at}${issue?.message ?? 'the request is malformed'}.`, `See keyhaven --help.`);
    }
    recording.take(parsed.data);
    const context = this.#contextOf(recording, onLine);
    for (let attempt = 1; ; attempt++) {
      try {
        return await one.run(parsed.data, context);
      } catch (error) {
        if (!(error instanceof CommitConflict) || attempt === mostAttempts) throw error;
      }
    }
  }

  #contextOf(recording: Recording, onLine: (line: ReplyLine) => void): ActContext {
    const { options, folder, clock } = this.#surroundings;
    const [lifecycle, unsealer] = [this.#lifecycle, this.#unsealer];
    const service = () => openServiceOf(lifecycle);
    return {
      operator: recording.operator,
      options,
      dataDir: folder.path,
      place: this.#place,
      clock,
      lifecycle,
      unsealer,
      service,
      progress: (progress) => {
        onLine({ progress });
      },
      commit: (changes, details) => recording.commit(service(), changes, details),
    };
  }
}

function openServiceOf(lifecycle: Lifecycle): OpenService {
  const { service } = lifecycle;
  if (service === undefined)
    throw new ActRefusal('The service is sealed.', 'Open it with keyhaven unseal first.');
  return service;
}

function refusalOf(error: unknown): { readonly reason: string; readonly nextStep: string } {
  if (error instanceof StartRefusal) return { reason: error.message, nextStep: error.nextStep };
  if (error instanceof CommitConflict) {
    return { reason: 'Somebody else is changing the same thing.', nextStep: 'Try again.' };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    reason: `The act failed: ${reason}`,
    nextStep: 'The alarm on standard error of the service says more.',
  };
}

/** The one record of an act: in the transaction of its change, or straight into the journal. */
class Recording {
  readonly operator: string;
  readonly #lifecycle: Lifecycle;
  readonly #clock: Clock;
  readonly #act: Act;
  #parameters: Readonly<Record<string, unknown>> = {};
  #isTold = false;

  constructor(lifecycle: Lifecycle, clock: Clock, one: Act, operator: string) {
    this.#lifecycle = lifecycle;
    this.#clock = clock;
    this.#act = one;
    this.operator = operator;
  }

  /**
   * What the record shows of the input: only of one that is as the act declares it. Anything else may be of any size, or
   * hold a Secret, which cannot be rendered.
   */
  take(input: unknown): void {
    const given = Object(input) as Readonly<Record<string, unknown>>;
    const parameters = Object.fromEntries(
      this.#act.recorded.flatMap((name: string) => (given[name] === undefined ? [] : [[name, given[name]]])),
    );
    const isShort = JSON.stringify(parameters).length <= mostParameterCharacters;
    this.#parameters = isShort ? parameters : { omitted: true };
  }

  async commit(
    { parts }: OpenService,
    changes: readonly Change[],
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const event = renderServiceEvent(
      this.#act.eventName ?? this.#act.name,
      this.#clock.now(),
      this.#details(details),
    );
    await parts.committer.commitService({ head: undefined, expect: [], changes }, event);
    this.#isTold = true;
  }

  /** Does nothing where the record was committed with the change. While the service is sealed it waits for the journal. */
  tell(errorMessage: string | undefined): void {
    if (this.#isTold || this.#act.eventName === undefined) return;
    const details = this.#details(
      errorMessage === undefined ? {} : { errorMessage: errorMessage.slice(0, mostMessageCharacters) },
    );
    this.#lifecycle.note(this.#act.eventName, details);
  }

  #details(more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return {
      eventType: administrationEvent,
      operator: this.operator,
      ...(Object.keys(this.#parameters).length === 0 ? {} : { requestParameters: this.#parameters }),
      ...more,
    };
  }
}
