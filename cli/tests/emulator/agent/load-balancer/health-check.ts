import { request } from 'node:http'
import type { Interface, Network, TargetHealthState } from '../ports.ts'
import type { HealthCheck } from './model.ts'

/** Why a check failed, as DescribeTargetHealth says it; undefined if it passed. */
export type Failure = Pick<TargetHealthState, 'reason' | 'description'> | undefined

const TIMED_OUT: Failure = { reason: 'Target.Timeout', description: 'Request timed out' }
const FAILED: Failure = { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }

export interface Checked {
  id: string
  port: number
  interface: Interface
  to: () => number | undefined
}

/** One request as the load balancer's nodes make it. All of them must reach the target, or their packets get no answer. Never rejects. */
export async function checkTarget(
  check: HealthCheck,
  target: Checked,
  nodes: readonly Interface[],
  network: Network,
  signal: AbortSignal,
): Promise<Failure> {
  const port = check.port ?? target.port
  if (nodes.some((node) => network.why(node, target.interface, port) !== undefined)) return TIMED_OUT
  // nothing else than the container's port has a way to this machine
  const loopback = port === target.port ? target.to() : undefined
  return loopback === undefined ? FAILED : await ask(check, `${target.id}:${port}`, loopback, signal)
}

function ask(check: HealthCheck, host: string, port: number, signal: AbortSignal): Promise<Failure> {
  return new Promise((resolve) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), check.timeoutMs)
    const settle = (failure: Failure): void => {
      clearTimeout(timer)
      resolve(failure)
    }
    const headers = { host, 'user-agent': 'ELB-HealthChecker/2.0', accept: '*/*', connection: 'close' }
    const asked = request({
      host: '127.0.0.1',
      port,
      path: check.path,
      headers,
      agent: false,
      signal: AbortSignal.any([signal, late.signal]),
    })
    asked.on('response', (answer) => {
      answer.resume()
      answer.on('error', () => {})
      const code = answer.statusCode ?? 0
      settle(fits(check.codes, code) ? undefined : mismatch(code))
      asked.destroy()
    })
    asked.on('error', () => settle(late.signal.aborted ? TIMED_OUT : FAILED))
    asked.end()
  })
}

function mismatch(code: number): Failure {
  return { reason: 'Target.ResponseCodeMismatch', description: `Health checks failed with these codes: [${code}]` }
}

/** Numbers and ranges, separated by commas. */
export function fits(codes: string, code: number): boolean {
  return codes.split(',').some((part) => {
    const [from = '', to = from] = part.trim().split('-')
    return code >= Number(from) && code <= Number(to)
  })
}
