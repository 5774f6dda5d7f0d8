import { describe } from 'vitest'
import { testLives } from './lives.ts'

describe('whatever happens, what is wanted is there in the end, and nothing else', () => {
  testLives(201, 400)
})
