import { randomInt, randomUUID } from 'node:crypto'

export interface Random {
  /** An integer in [0, limit). */
  below(limit: number): number
  id(): string
}

export const systemRandom: Random = {
  below: (limit) => randomInt(limit),
  id: () => randomUUID(),
}
