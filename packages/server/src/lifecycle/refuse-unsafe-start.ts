import { isLoopbackHost } from '../config/address-values.ts';
import type { ServiceOptions } from '../config/service-options.ts';
import { refuseUnsafe } from '../config/unsafe.ts';

/** What is known of a start beside its options; it becomes more while the service opens. */
export interface KnownFacts {
  readonly sealKind?: string;
  readonly hasDevelopmentAccount?: boolean;
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
    processFindings: new Set<never>(),
  };
  refuseUnsafe(facts, allowUnsafe);
}
