/** Set-up of these tests: the real target asks the account of a life where it would ask AWS. Everything else is what users run. */
import { vi } from 'vitest'

vi.mock('../../src/aws/census.ts', async () => import('./aws.ts'))
vi.mock('../../src/aws/existing.ts', async () => import('./aws.ts'))
vi.mock('../../src/aws/platform.ts', async () => import('./aws.ts'))
vi.mock('../../src/aws/readiness.ts', async () => import('./aws.ts'))
vi.mock('../../src/aws/removal.ts', async () => import('./aws.ts'))
vi.mock('../../src/aws/zones.ts', async () => import('./aws.ts'))
