import { describe, expect, it } from 'vitest';
import { readInheritedSocket } from './inherited-socket.ts';

describe('the socket that systemd hands over', () => {
  it('is descriptor 3 of the process that it is meant for', () => {
    expect(readInheritedSocket({ LISTEN_FDS: '1', LISTEN_PID: '77' }, 77)).toBe(3);
  });

  it.each([
    {},
    { LISTEN_FDS: '1' },
    { LISTEN_FDS: '1', LISTEN_PID: '78' },
    { LISTEN_FDS: '1', LISTEN_PID: '077' },
    { LISTEN_FDS: '1', LISTEN_PID: '' },
    { LISTEN_FDS: '0', LISTEN_PID: '77' },
    { LISTEN_PID: '77' },
    { LISTEN_FDS: '2', LISTEN_PID: '1' },
  ])('is not there with %j', (environment) => {
    expect(readInheritedSocket(environment, 77)).toBeUndefined();
  });

  it.each(['2', '', 'one', '-1', '01'])('is refused when the count is %j', (count) => {
    expect(() => readInheritedSocket({ LISTEN_FDS: count, LISTEN_PID: '77' }, 77)).toThrow(
      `LISTEN_FDS hands over ${JSON.stringify(count)} sockets, but Keyhaven listens on one.`,
    );
  });
});
