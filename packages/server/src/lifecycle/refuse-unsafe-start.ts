import { isLoopbackHost } from '../config/address-values.ts';
import type { ServiceOptions } from '../config/service-options.ts';
import { StartRefusal } from '../start-refusal.ts';
import { readEnvironment } from '../config/environment.ts';
import { type ProcessFinding, refuseUnsafe } from '../config/unsafe.ts';
import {
  disableInspectorSignal,
  findUnsafeProcess,
  keepEnvironmentOutOfReports,
  keepMemoryOutOfCoreDumps,
  readProcessFacts,
} from '../hygiene/index.ts';

/**
 * Makes of this process what production needs: no inspector at a signal, no environment in reports, no memory in core
 * dumps. What it could not do for itself, or what it was started with, is refused unless it is allowed by name.
 */
export function hardenProcess(options: ServiceOptions): void {
  if (options.profile !== 'production') return;
  disableInspectorSignal();
  keepEnvironmentOutOfReports();
  const facts = readProcessFacts(readEnvironment());
  const found = findUnsafeProcess(keepMemoryOutOfCoreDumps() ? { ...facts, coreDumpLimit: 0 } : facts);
  refuseUnsafeStart(options, { processFindings: new Set(found.map(({ name }) => name)) });
}

/** What is known of a start beside its options; it becomes more while the service opens. */
export interface KnownFacts {
  readonly sealKind?: string;
  readonly hasDevelopmentAccount?: boolean;
  readonly processFindings?: ReadonlySet<ProcessFinding>;
}

/** Throws StartRefusal for an unsafe combination that is not allowed by name: as early as each can be known. */
export function refuseUnsafeStart(options: ServiceOptions, known: KnownFacts): void {
  const { profile, host, tlsCert, allowUnsafe } = options;
  const facts = {
    profile,
    isLoopback: isLoopbackHost(host),
    hasTls: tlsCert !== undefined,
    sealKind: known.sealKind,
    hasDevelopmentAccount: known.hasDevelopmentAccount ?? profile === 'development',
    processFindings: known.processFindings ?? new Set(),
  };
  refuseUnsafe(facts, allowUnsafe);
}

/**
 * Throws StartRefusal where the development profile is to serve what was made for production: it would make an account
 * whose credentials everyone knows, and let anyone on the machine move the clock.
 */
export function refuseOtherProfile({ profile, dataDir }: ServiceOptions, madeFor: string | null): void {
  if (profile === 'production' || madeFor === null) return;
  throw new StartRefusal(
    `The folder ${dataDir} holds an installation that was made for production, but this start is for development.`,
    'Put its configuration file keyhaven.yaml back, or name it with --config; or give --profile production.',
  );
}
