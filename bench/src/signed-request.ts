import { createHash, createHmac, randomUUID } from 'node:crypto';

const region = 'eu-west-2';
const scopeTail = `${region}/kms/aws4_request`;
const signedHeaders = 'amz-sdk-invocation-id;amz-sdk-request;content-type;host;x-amz-date;x-amz-target';

/** An access key to sign with. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

const development: AccessKey = { id: 'test', secret: 'test' };

const signingKeys = new Map<string, Buffer>();

function signingKey(date: string, { id, secret }: AccessKey): Buffer {
  let key = signingKeys.get(`${date} ${id}`);
  if (key === undefined) {
    const chain = [date, region, 'kms', 'aws4_request'];
    key = chain.reduce<Buffer>(
      (last, part) => createHmac('sha256', last).update(part).digest(),
      Buffer.from(`AWS4${secret}`),
    );
    signingKeys.set(`${date} ${id}`, key);
  }
  return key;
}

/** One whole HTTP/1.1 request with the headers that the AWS SDK for JavaScript sends, really signed. */
export function signedRequest(
  port: number,
  operation: string,
  body: string,
  accessKey: AccessKey = development,
): string {
  const now = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const date = now.slice(0, 8);
  const host = `127.0.0.1:${port}`;
  const invocation = randomUUID();
  const target = `TrentService.${operation}`;
  const canonical =
    `POST\n/\n\namz-sdk-invocation-id:${invocation}\namz-sdk-request:attempt=1; max=3\n` +
    `content-type:application/x-amz-json-1.1\nhost:${host}\nx-amz-date:${now}\nx-amz-target:${target}\n\n` +
    `${signedHeaders}\n${createHash('sha256').update(body).digest('hex')}`;
  const toSign = `AWS4-HMAC-SHA256\n${now}\n${date}/${scopeTail}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const signature = createHmac('sha256', signingKey(date, accessKey)).update(toSign).digest('hex');
  return (
    `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: ${target}\r\n` +
    `x-amz-date: ${now}\r\namz-sdk-invocation-id: ${invocation}\r\namz-sdk-request: attempt=1; max=3\r\n` +
    `user-agent: aws-sdk-js/3.1164.0 ua/2.1 os/linux lang/js md/nodejs#26.10.0 api/kms#3.1164.0\r\n` +
    `authorization: AWS4-HMAC-SHA256 Credential=${accessKey.id}/${date}/${scopeTail}, SignedHeaders=${signedHeaders}, Signature=${signature}\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
