interface MemoryRange {
  minimum: number
  maximum: number
  step: number
}

/** MiB of memory that Fargate offers for CPU units (Amazon ECS developer guide, "Fargate task CPU and memory"). */
const memoryRanges: ReadonlyMap<number, MemoryRange> = new Map([
  [512, { minimum: 1024, maximum: 4096, step: 1024 }],
  [1024, { minimum: 2048, maximum: 8192, step: 1024 }],
  [2048, { minimum: 4096, maximum: 16384, step: 1024 }],
  [4096, { minimum: 8192, maximum: 30720, step: 1024 }],
  [8192, { minimum: 16384, maximum: 61440, step: 4096 }],
  [16384, { minimum: 32768, maximum: 122880, step: 8192 }],
])

/** What is wrong with a pair of CPU units and MiB of memory, and with which of the two; undefined when Fargate offers it. */
export function fargateFault(cpu: number, memory: number): { key: 'cpu' | 'memory'; allowed: string } | undefined {
  if (cpu === 256) return [512, 1024, 2048].includes(memory) ? undefined : { key: 'memory', allowed: '512, 1024 or 2048 with cpu 256' }
  const range = memoryRanges.get(cpu)
  if (range === undefined) return { key: 'cpu', allowed: [256, ...memoryRanges.keys()].join(', ') }
  const { minimum, maximum, step } = range
  if (memory >= minimum && memory <= maximum && (memory - minimum) % step === 0) return undefined
  return { key: 'memory', allowed: `${minimum} to ${maximum} in steps of ${step} with cpu ${cpu}` }
}
