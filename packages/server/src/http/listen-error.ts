import { StartRefusal } from '../start-refusal.ts';

/** Why the port cannot be listened on, with the next step. */
export function describeListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new StartRefusal(
      `Port ${port} of ${host} is taken by another program.`,
      'Stop it, or choose another port with --port (0 takes a free one).',
    );
  }
  if (error.code === 'EACCES') {
    return new StartRefusal(
      `This user may not listen on port ${port}.`,
      'Choose a port above 1023 with --port.',
    );
  }
  if (error.code === 'EADDRNOTAVAIL') {
    return new StartRefusal(`This machine has no address ${host}.`, 'Choose another with --host.');
  }
  return error;
}
