import type { Command } from 'commander';
import { addCommand } from '../admin/admin-command.ts';
import { makeTestRoot } from '../attestation/certificates.ts';
import { writeNewFile } from '../attestation/new-file.ts';
import { parseCommonName, parseDays } from '../attestation/option-values.ts';
import { now } from '../clock.ts';
import type { CommandContext } from '../command-context.ts';
import { SecretFile } from '../secrets/secret-file.ts';

interface RootOptions {
  readonly out: string;
  readonly keyOut: string;
  readonly name: string;
  readonly validFor: number;
}

/** `keyhaven attestation root`: makes an authority for test documents. */
export function addAttestationRoot(parent: Command, { terminal }: CommandContext): void {
  const command = addCommand(parent, {
    name: 'root',
    summary: 'make a root that test documents lead to',
    description:
      'Makes an authority for attestation documents of tests: a certificate, which the service is started with ' +
      '(--attestation-roots), and its private key. Whoever has the key can vouch for anything to a service that trusts the ' +
      'certificate: use it in tests alone.',
    examples: [
      'keyhaven attestation root --out test-root.pem --key-out test-root-key.pem',
      'keyhaven attestation root --out test-root.pem --key-out test-root-key.pem --valid-for 1',
    ],
  });
  command
    .requiredOption('--out <file>', 'The new file for the certificate, in PEM.')
    .requiredOption('--key-out <file>', 'The new file for its private key, in PEM, for this user alone.')
    .option('--name <text>', 'The name of the authority.', parseCommonName, 'Keyhaven test attestation root')
    .option('--valid-for <days>', 'For how many days it is valid.', parseDays, 365);
  command.action(async ({ out, keyOut, name, validFor }: RootOptions) => {
    using keyFile = SecretFile.reserve(keyOut);
    const root = await makeTestRoot(name, validFor, now());
    using privateKey = root.privateKey;
    writeNewFile(out, root.certificate);
    privateKey.use((bytes) => keyFile.write(bytes));
    const until = root.notAfter.toISOString().slice(0, 10);
    terminal.output.write(`Root ${out}, its key ${keyOut}; valid until ${until}.\n`);
  });
}
