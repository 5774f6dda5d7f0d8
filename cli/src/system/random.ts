export interface Random {
  /** An integer in [0, limit); good enough to keep claimants apart, not to keep a secret. */
  below(limit: number): number
  /** Unique. */
  id(): string
  /** What nobody can guess, as letters, digits, `-` and `_`. */
  secret(bytes: number): string
}

export const systemRandom: Random = {
  below: (limit) => Math.floor(Math.random() * limit),
  // `crypto` is loaded by its first use
  id: () => globalThis.crypto.randomUUID(),
  secret: (bytes) => Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url'),
}
