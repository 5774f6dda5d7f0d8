import type { Source } from './source.ts'
import type { Mistake } from './mistakes.ts'
export function ruleMistakes(_source: Source): Mistake[] {
  return []
}
