/** Chance that comes out the same for the same seed (mulberry32). */
export interface Chance {
  /** A whole number in [0, limit). */
  below(limit: number): number
  /** A whole number in [least, most]. */
  between(least: number, most: number): number
  happens(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** One of its own, so that what is drawn here does not depend on how much is drawn there. */
  fork(label: string): Chance
}

export function chanceOf(seed: number | string): Chance {
  const start = typeof seed === 'number' ? mixed(seed) : hashed(seed)
  let state = start
  const draw = (): number => {
    state = (state + 0x6d2b79f5) | 0
    return mixed(state) / 2 ** 32
  }
  const chance: Chance = {
    below: (limit) => Math.floor(draw() * limit),
    between: (least, most) => least + Math.floor(draw() * (most - least + 1)),
    happens: (probability) => draw() < probability,
    pick: (from) => {
      const picked = from[chance.below(from.length)]
      if (picked === undefined) throw new Error('there is nothing to pick from')
      return picked
    },
    fork: (label) => chanceOf(`${start}/${label}`),
  }
  return chance
}

function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 15), value | 1)
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
  return (bits ^ (bits >>> 14)) >>> 0
}

/** FNV-1a. */
function hashed(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
