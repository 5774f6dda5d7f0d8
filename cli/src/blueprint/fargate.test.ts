import { expect, test } from 'vitest'
import { fargateFault } from './fargate.ts'

test.each([
  [256, 512],
  [256, 2048],
  [512, 1024],
  [1024, 8192],
  [2048, 5120],
  [4096, 30720],
  [8192, 20480],
  [16384, 122880],
])('%i with %i is offered', (cpu, memory) => {
  expect(fargateFault(cpu, memory)).toBeUndefined()
})

test.each([
  [256, 1536, 'memory', '512, 1024 or 2048 with cpu 256'],
  [256, 4096, 'memory', '512, 1024 or 2048 with cpu 256'],
  [512, 512, 'memory', '1024 to 4096 in steps of 1024 with cpu 512'],
  [1024, 2500, 'memory', '2048 to 8192 in steps of 1024 with cpu 1024'],
  [8192, 17408, 'memory', '16384 to 61440 in steps of 4096 with cpu 8192'],
  [300, 512, 'cpu', '256, 512, 1024, 2048, 4096, 8192, 16384'],
])('%i with %i is not', (cpu, memory, key, allowed) => {
  expect(fargateFault(cpu, memory)).toEqual({ key, allowed })
})
