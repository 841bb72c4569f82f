import { makeAttestationDocument } from '@keyhaven/crypto';
import type { Command } from 'commander';
import { addCommand } from '../admin/admin-command.ts';
import { makeSigner } from '../attestation/certificates.ts';
import { writeNewFile } from '../attestation/new-file.ts';
import {
  parseBytes,
  parseMinutes,
  parseModuleId,
  parseRegister,
  type Registers,
} from '../attestation/option-values.ts';
import { measureImage, readPublicKey, readRoot } from '../attestation/read-files.ts';
import { now } from '../clock.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes } from '../command-failure.ts';

interface MakeOptions {
  readonly root: string;
  readonly rootKey: string;
  readonly publicKey: string;
  readonly out: string;
  readonly pcr?: Registers;
  readonly image?: string;
  readonly nitrotpm?: boolean;
  readonly moduleId: string;
  readonly userData?: Buffer;
  readonly nonce?: Buffer;
  readonly validFor: number;
  readonly base64?: boolean;
}

/** `keyhaven attestation make`: makes an attestation document for a test. */
export function addAttestationMake(parent: Command, { terminal }: CommandContext): void {
  const command = addCommand(parent, {
    name: 'make',
    summary: 'make an attestation document for a test',
    description:
      'Makes an attestation document as the Nitro hypervisor signs it, under a root of your own: for the member Recipient of ' +
      'Decrypt, GenerateDataKey and GenerateRandom. Replies are encrypted to the public key in it. Without --pcr and --image ' +
      'PCR0 is zero, as in an enclave that runs in debug mode.',
    examples: [
      'keyhaven attestation make --root test-root.pem --root-key test-root-key.pem \\\n      --public-key enclave.pem --image app.eif --out document.cbor',
      'keyhaven attestation make --root test-root.pem --root-key test-root-key.pem \\\n      --public-key enclave.pem --pcr 3=$ROLE --pcr 8=$SIGNER --out document.txt --base64',
    ],
  });
  addOptions(command);
  command.action(async (options: MakeOptions) => {
    const { out } = options;
    const document = await makeDocument(options, await registersOf(options));
    writeNewFile(out, options.base64 === true ? `${document.toString('base64')}\n` : document);
    terminal.output.write(`Attestation document ${out}; valid for ${options.validFor} minutes.\n`);
  });
}

function addOptions(command: Command): void {
  command
    .requiredOption('--root <file>', 'The certificate of the root, in PEM.')
    .requiredOption('--root-key <file>', 'Its private key, in PEM.')
    .requiredOption('--public-key <file>', "The enclave's RSA public key, in PEM or DER.")
    .requiredOption('--out <file>', 'The new file for the document.')
    .option('--pcr <number=hex>', 'The value of a register; may be repeated.', parseRegister)
    .option('--image <file>', 'A file whose SHA-384 is PCR0 (a stand-in for the measurement of an image).')
    .option('--nitrotpm', 'The registers are those of an instance with NitroTPM.')
    .option(
      '--module-id <text>',
      'Who is vouched for.',
      parseModuleId,
      'i-0123456789abcdef0-enc0123456789abcdef',
    )
    .option('--user-data <hex>', 'Data that is signed with it.', parseBytes)
    .option('--nonce <hex>', 'A nonce that is signed with it.', parseBytes)
    .option('--valid-for <minutes>', 'For how many minutes its certificate is valid.', parseMinutes, 180)
    .option('--base64', 'Write Base64 instead of bytes.');
}

async function registersOf({ pcr = new Map(), image, nitrotpm }: MakeOptions): Promise<Registers> {
  if (image === undefined) return pcr.size > 0 ? pcr : new Map([[0, Buffer.alloc(48)]]);
  if (nitrotpm === true)
    throw misuse('--image and --nitrotpm are both given, but only an enclave has an image.');
  if (pcr.has(0)) throw misuse('--image and --pcr 0 are both given, but PCR0 is what measures the image.');
  return new Map([[0, await measureImage(image)], ...pcr]);
}

async function makeDocument(options: MakeOptions, pcrs: Registers): Promise<Buffer> {
  const { moduleId, userData, nonce, nitrotpm } = options;
  const publicKey = readPublicKey(options.publicKey);
  const root = await readRoot(options.root, options.rootKey);
  const signer = await makeSigner(root, moduleId, options.validFor, now());
  const registers = nitrotpm === true ? 'nitrotpm_pcrs' : 'pcrs';
  const contents = { moduleId, timestamp: now(), registers, pcrs, publicKey, userData, nonce } as const;
  const cabundle = [Buffer.from(root.certificate.rawData)];
  try {
    return makeAttestationDocument(
      contents,
      { certificate: signer.certificate, cabundle },
      signer.privateKey,
    );
  } finally {
    signer.privateKey.fill(0);
  }
}

function misuse(reason: string): CommandFailure {
  return new CommandFailure(reason, 'Give one of the two.', exitCodes.usage);
}
