import murmurhash from 'murmurhash'

/**
 * MurmurHash3, to spread texts over numbers and to notice that a text has changed. It keeps nobody from making two texts with one hash, and nothing
 * here depends on that; `node:crypto`, which would, takes a sixth of the time of a short command to load.
 */

/** 32 bits. */
export function hashNumber(text: string, seed = 0): number {
  return murmurhash.v3(text, seed)
}

/** 48 bits in twelve hexadecimal digits. */
export function hashDigits(text: string): string {
  const digits = [0, 1].map((seed) => hashNumber(text, seed).toString(16).padStart(8, '0'))
  return digits.join('').slice(0, 12)
}
