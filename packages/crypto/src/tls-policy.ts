import { constants } from 'node:crypto';

/**
 * How TLS is spoken, as `node:tls` takes it. In the terms of NIST SP 800-52r2: versions 1.2 and 1.3, key exchange always
 * ephemeral, suites always authenticated encryption.
 */
export const tlsPolicy = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  /**
   * ML-KEM-768 with X25519 for every client that knows it, against those who record traffic for a quantum computer to
   * open. The slash (OpenSSL 3.5) sets it apart: a client that offers it and sent a key share for another group only
   * is asked for one, where a colon would have taken what was sent.
   */
  ecdhCurve: 'X25519MLKEM768/X25519:P-256:P-384',
  /** The suites of version 1.2. Those of 1.3 are all of this kind and are OpenSSL's own. */
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_AES_128_GCM_SHA256',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  honorCipherOrder: true,
  /**
   * No renegotiation: it has a history of attacks and no use here. No resumption: a ticket key that lies in memory for
   * days would open recorded version 1.2 traffic, and a resumed session does not show its client certificate again.
   */
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
} as const;
