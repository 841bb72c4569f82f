import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '../clock.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** A machine's clocks, moved by hand: the wall clock and the time that it has run. */
class MachineClock extends SystemClock {
  #wall = Date.now();
  #running = 0;

  override now(): number {
    return this.#wall + this.offsetMs;
  }

  override wallNow(): number {
    return this.#wall;
  }

  override monotonicNow(): number {
    return this.#running;
  }

  /** Time passes while the process runs. */
  pass(ms: number): void {
    this.#wall += ms;
    this.#running += ms;
  }

  /** The wall clock alone: a step by NTP or by hand, or time in which no process runs. */
  step(ms: number): void {
    this.#wall += ms;
  }
}

interface Trial {
  readonly clock: MachineClock;
  readonly service: TestService;
  readonly kms: KMSClient;
  readonly keyId: string;
  /** Does now what the service does once a minute. */
  readonly round: () => Promise<void>;
  readonly state: () => Promise<string | undefined>;
}

function clientOf(service: TestService, clock: MachineClock): KMSClient {
  return service.client({ systemClockOffset: clock.wallNow() - Date.now() });
}

/** A key whose waiting period of seven days has begun. */
async function begin(): Promise<Trial> {
  const clock = new MachineClock();
  const service = await startTestService({ clock });
  onTestFinished(() => service.close());
  const kms = clientOf(service, clock);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const keyId = KeyMetadata?.KeyId ?? '';
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }));
  return trialOf(clock, service, keyId);
}

function trialOf(clock: MachineClock, service: TestService, keyId: string): Trial {
  const state = async () => {
    const kms = clientOf(service, clock);
    const reply = await kms.send(new DescribeKeyCommand({ KeyId: keyId })).catch(() => undefined);
    return reply?.KeyMetadata?.KeyState;
  };
  return { clock, service, kms: clientOf(service, clock), keyId, state, round: () => service.advance(0) };
}

async function restarted({ clock, service, keyId }: Trial): Promise<Trial> {
  const again = await service.restart();
  onTestFinished(() => again.close());
  return trialOf(clock, again, keyId);
}

/** Running time in the steps in which a service looks: once a minute. */
async function passWithRounds({ clock, round }: Trial, ms: number): Promise<void> {
  const steps = 4;
  for (let step = 0; step < steps; step++) {
    clock.pass(ms / steps);
    await round();
  }
}

const destruction = async ({ service }: Trial) =>
  (await service.admin('jobs'))['destruction'] as {
    readonly heldByOperatorSince?: string;
    readonly heldByClockMs: number;
  };

describe('After 40 days in which the service did not run', () => {
  it('a key that was due meanwhile is held for 24 hours of running time, and can be saved', async () => {
    const before = await begin();
    before.clock.step(40 * dayMs);
    const trial = await restarted(before);
    expect(await trial.state()).toBe('PendingDeletion');
    expect((await destruction(trial)).heldByClockMs).toBe(dayMs);
    await passWithRounds(trial, 23 * hourMs);
    expect(await trial.state()).toBe('PendingDeletion');
    await clientOf(trial.service, trial.clock).send(new CancelKeyDeletionCommand({ KeyId: trial.keyId }));
    await passWithRounds(trial, 2 * hourMs);
    expect(await trial.state()).toBe('Disabled');
  });

  it('a key that nobody saves is destroyed when the 24 hours have run', async () => {
    const before = await begin();
    before.clock.step(40 * dayMs);
    const trial = await restarted(before);
    await passWithRounds(trial, dayMs);
    expect(await trial.state()).toBeUndefined();
  });

  it('is not usable meanwhile: what is due has expired whether or not it is destroyed', async () => {
    const before = await begin();
    before.clock.step(40 * dayMs);
    const trial = await restarted(before);
    const encrypt = new EncryptCommand({ KeyId: trial.keyId, Plaintext: Buffer.from('x') });
    expect((await refusalOf(trial.kms.send(encrypt))).name).toBe('KMSInvalidStateException');
  });

  it('the hold is not shortened by another restart', async () => {
    const before = await begin();
    before.clock.step(40 * dayMs);
    const first = await restarted(before);
    await passWithRounds(first, 4 * hourMs);
    const second = await restarted(first);
    expect((await destruction(second)).heldByClockMs).toBe(20 * hourMs);
  });

  it('a rotation that was due is carried out once, at the start', async () => {
    const clock = new MachineClock();
    const service = await startTestService({ clock });
    onTestFinished(() => service.close());
    const kms = clientOf(service, clock);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    clock.step(400 * dayMs);
    const again = await service.restart();
    onTestFinished(() => again.close());
    const { Rotations } = await clientOf(again, clock).send(new ListKeyRotationsCommand({ KeyId }));
    expect(Rotations).toHaveLength(1);
  });
});

describe('A wall clock that steps while the service runs', () => {
  it.each([
    ['forward by 30 days', 30 * dayMs],
    ['forward by two hours', 2 * hourMs],
    ['back by two hours', -2 * hourMs],
    ['back by 30 days', -30 * dayMs],
  ])('%s holds destruction for 24 hours of running time', async (_name, ms) => {
    const trial = await begin();
    await passWithRounds(trial, hourMs);
    trial.clock.step(ms);
    await trial.round();
    expect(await trial.state()).toBe('PendingDeletion');
    expect((await destruction(trial)).heldByClockMs).toBe(dayMs);
  });

  it('forward past the end of a waiting period destroys nothing before the hold is over', async () => {
    const trial = await begin();
    trial.clock.step(8 * dayMs);
    await trial.round();
    await passWithRounds(trial, 23 * hourMs);
    expect(await trial.state()).toBe('PendingDeletion');
    await passWithRounds(trial, hourMs);
    expect(await trial.state()).toBeUndefined();
  });

  it.each([50 * 60 * 1000, -50 * 60 * 1000])(
    'by %i ms, as clocks are set right, holds nothing',
    async (ms) => {
      const trial = await begin();
      trial.clock.step(ms);
      await trial.round();
      expect((await destruction(trial)).heldByClockMs).toBe(0);
    },
  );

  it('in many small steps holds destruction as one large step does', async () => {
    const trial = await begin();
    for (let step = 0; step < 3; step++) {
      trial.clock.step(25 * 60 * 1000);
      trial.clock.pass(60_000);
      await trial.round();
    }
    expect((await destruction(trial)).heldByClockMs).toBe(dayMs);
  });

  it('is no reason to hold what is due by time that really passed', async () => {
    const trial = await begin();
    await passWithRounds(trial, 7 * dayMs);
    expect(await trial.state()).toBeUndefined();
  });
});

describe('An operator who holds destruction', () => {
  it('keeps what is due until the hold is released, over a restart too', async () => {
    const before = await begin();
    await before.service.admin('jobs-hold');
    await passWithRounds(before, 8 * dayMs);
    expect(await before.state()).toBe('PendingDeletion');
    const trial = await restarted(before);
    expect(await trial.state()).toBe('PendingDeletion');
    expect((await destruction(trial)).heldByOperatorSince).toBeDefined();
    const { jobs } = await trial.service.admin('jobs');
    expect(jobs).toMatchObject([{ job: 'destroy key', state: 'held' }]);
    await trial.service.admin('jobs-release');
    await trial.round();
    expect(await trial.state()).toBeUndefined();
  });

  it('is in the journal, as is the release', async () => {
    const { service } = await begin();
    await service.admin('jobs-hold');
    await service.admin('jobs-release');
    const acts = service.journal().filter(({ eventName }) => String(eventName).endsWith('Destruction'));
    expect(acts.map(({ eventName, operator }) => [eventName, operator])).toEqual([
      ['HoldDestruction', 'socket'],
      ['ReleaseDestruction', 'socket'],
    ]);
  });

  it('does not hold rotations', async () => {
    const trial = await begin();
    await trial.service.admin('jobs-hold');
    const { KeyMetadata } = await trial.kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await trial.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    await passWithRounds(trial, 91 * dayMs);
    const { Rotations } = await clientOf(trial.service, trial.clock).send(
      new ListKeyRotationsCommand({ KeyId }),
    );
    expect(Rotations).toHaveLength(1);
  });
});

describe('A request that is signed with another clock', () => {
  it('is refused when the date of its signature has expired, whatever the service time is', async () => {
    const clock = new MachineClock();
    const service = await startTestService({ clock });
    onTestFinished(() => service.close());
    await service.advance(30 * day);
    clock.pass(20 * 60 * 1000);
    const late = service.client({ systemClockOffset: 0 });
    const refusal = await refusalOf(late.send(new CreateKeyCommand({})));
    expect(refusal.name).toMatch(/InvalidSignatureException|RequestExpired/);
  });
});
