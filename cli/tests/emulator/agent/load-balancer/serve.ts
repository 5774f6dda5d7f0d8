import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { forward, forwardUpgrade, type HttpProxy } from '../../../../src/machine/proxy.ts'
import type { Network, RoutedRequest } from '../ports.ts'
import { type Answer, errorAnswer, fixedAnswer, redirectAnswer } from './answers.ts'
import { dropInvalidHeaders, forwardedHeaders } from './headers.ts'
import type { Listener } from './model.ts'
import { cutWith, respond, responseOn } from './respond.ts'
import { askedOf, ruleFor } from './rules.ts'
import type { Registered } from './target.ts'
import type { Targets } from './targets.ts'

export interface Serving {
  listener: () => Listener
  targets: Targets
  network: () => Network
  proxy: HttpProxy
  traceId: () => string
  passed: (request: RoutedRequest) => void
}

/** What the access log of a load balancer says where the client did not wait for an answer. */
const CLIENT_GONE = 460

/** Where the rules lead: an answer of the load balancer's own, or a target. */
type Decision = { rule: string } & ({ answer: Answer } | { to: Registered; port: number })

function decide(request: IncomingMessage, { listener, targets, network }: Serving): Decision {
  const { arn, rules, port, tls, balancer } = listener()
  const asked = askedOf(request.url ?? '/', request.headers.host)
  const rule = ruleFor(rules, asked)
  if (rule === undefined) return { rule: arn, answer: errorAnswer(500, `listener ${arn} has no default action`) }
  const { action } = rule
  if (action.type === 'fixed-response') return { rule: rule.arn, answer: fixedAnswer(action) }
  if (action.type === 'redirect') return { rule: rule.arn, answer: redirectAnswer(action, asked, { port, tls: tls !== undefined }) }
  const to = targets.pick(action.group)
  if (to === undefined) return { rule: rule.arn, answer: errorAnswer(503) }
  const { target } = to
  // packets that no security group lets through are waited for in vain
  if (balancer.nodes.some((node) => network().why(node, target.interface, target.port) !== undefined)) {
    return { rule: rule.arn, answer: errorAnswer(504) }
  }
  const loopback = target.to()
  return loopback === undefined ? { rule: rule.arn, answer: errorAnswer(502) } : { rule: rule.arn, to, port: loopback }
}

function record(request: IncomingMessage, { rule, ...decision }: Decision, status: number, { passed }: Serving): void {
  const { host, path } = askedOf(request.url ?? '/', request.headers.host)
  const target = 'to' in decision ? `${decision.to.target.id}:${decision.to.target.port}` : null
  passed({ host, method: request.method ?? '', path, rule, target, status })
}

/** Never rejects. */
export async function serveRequest(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { proxy, listener } = serving
  if (listener().balancer.dropsInvalidHeaders) dropInvalidHeaders(request)
  const decision = decide(request, serving)
  let status = CLIENT_GONE
  response.once('close', () => record(request, decision, response.headersSent ? response.statusCode : status, serving))
  if ('answer' in decision) {
    request.resume()
    respond(request, response, decision.answer)
    return
  }
  if (request.headers.expect !== undefined) response.writeContinue()
  // nothing came or went for the load balancer's idle timeout
  response.on('timeout', () => {
    if (response.headersSent) response.destroy()
    else {
      status = 504
      cutWith(request, errorAnswer(status))
    }
  })
  const leave = decision.to.enter(() => response.destroy())
  try {
    await forward(proxy, request, response, { port: decision.port }, forwardedHeaders(request, listener(), serving.traceId()))
  } catch {
    respond(request, response, errorAnswer(502))
  } finally {
    leave()
  }
}

/** A WebSocket. Never rejects. */
export async function serveUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, serving: Serving): Promise<void> {
  const { proxy, listener } = serving
  if (listener().balancer.dropsInvalidHeaders) dropInvalidHeaders(request)
  const decision = decide(request, serving)
  if ('answer' in decision) {
    record(request, decision, decision.answer.status, serving)
    respond(request, responseOn(request, socket), decision.answer)
    return
  }
  let status = 101
  const refuse = (): void => {
    status = 502
    respond(request, responseOn(request, socket), errorAnswer(502))
  }
  const leave = decision.to.enter(() => socket.destroy())
  // once it is paired; before, its time is limited as that of any request
  socket.once('pipe', () => (socket as Socket).setTimeout(listener().balancer.idleTimeoutMs, () => socket.destroy()))
  const headers = forwardedHeaders(request, listener(), serving.traceId())
  try {
    await forwardUpgrade(proxy, request, socket, head, { port: decision.port }, headers, refuse)
  } finally {
    leave()
    record(request, decision, status, serving)
  }
}
