import { findOnPath, run } from './programs.ts';

/** A Python of this machine that has boto3. */
export interface Boto3 {
  readonly python: string;
  /** boto3's own version. */
  readonly version: string;
}

/** Every Python on the PATH that can import boto3, each version of boto3 once. */
export async function findBoto3(): Promise<readonly Boto3[]> {
  const found = new Map<string, Boto3>();
  for (const python of findOnPath('python3')) {
    const { code, stdout } = await run(python, ['-c', 'import boto3; print(boto3.__version__)']);
    const version = stdout.trim();
    if (code === 0 && !found.has(version)) found.set(version, { python, version });
  }
  return [...found.values()];
}
