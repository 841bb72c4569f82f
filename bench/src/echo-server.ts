import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/**
 * The bare server that everything is measured against: it reads the body and answers a constant of the same size and
 * with the same headers as the real reply. Frozen: changing it needs an ADR, or the ratios of the past mean nothing.
 * Given a certificate and its key, it does the same under TLS, with Node's defaults.
 */
const [sizeText = '300', certFile, keyFile] = process.argv.slice(2);
const size = Number(sizeText);
const body = 'x'.repeat(size);
const headers = [
  'x-amzn-RequestId',
  '00000000-0000-4000-8000-000000000000',
  'Cache-Control',
  'no-cache, no-store, must-revalidate, private',
  'Expires',
  '0',
  'Pragma',
  'no-cache',
  'Content-Type',
  'application/x-amz-json-1.1',
  'Content-Length',
  String(size),
];

const answer: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    response.writeHead(200, headers);
    response.end(body);
  });
};
const server =
  certFile === undefined || keyFile === undefined
    ? createServer(answer)
    : createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, answer);
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');

process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.send?.({ port: (server.address() as AddressInfo).port });
// Whoever measures is gone.
process.on('disconnect', () => process.exit(1));
