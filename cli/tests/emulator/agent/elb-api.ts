import type { Answer, Handler } from './gateway.ts'
import type { LoadBalancers, TargetHealthState } from './ports.ts'

const NAMESPACE = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/'

/** The calls of Elastic Load Balancing that are about targets: they are the agent's, and only ECS registers them. */
export function createElbApi(loadBalancers: Pick<LoadBalancers, 'health'>): Handler {
  return async ({ action, body }, forward) => {
    if (action === 'RegisterTargets' || action === 'DeregisterTargets')
      return failure('InvalidAction', `the emulator does not implement ${action}: services of ECS register their tasks`)
    if (action !== 'DescribeTargetHealth') return undefined
    // moto knows whether there is such a group
    const answer = await forward()
    if (answer.status !== 200) return answer
    const form = new URLSearchParams(body.toString())
    const asked = [...form].filter(([key]) => /^Targets\.member\.\d+\.Id$/.test(key)).map(([, value]) => value)
    const states = loadBalancers.health(form.get('TargetGroupArn') ?? '')
    const wanted = asked.length === 0 ? states : states.filter(({ id }) => asked.includes(id))
    return xml(
      200,
      `<DescribeTargetHealthResponse xmlns="${NAMESPACE}"><DescribeTargetHealthResult><TargetHealthDescriptions>${wanted.map(member).join('')}` +
        '</TargetHealthDescriptions></DescribeTargetHealthResult><ResponseMetadata><RequestId>emulator</RequestId></ResponseMetadata></DescribeTargetHealthResponse>',
    )
  }
}

function member({ id, port, state, reason, description }: TargetHealthState): string {
  const optional = [
    reason === undefined ? '' : `<Reason>${escaped(reason)}</Reason>`,
    description === undefined ? '' : `<Description>${escaped(description)}</Description>`,
  ]
  return (
    `<member><HealthCheckPort>${port}</HealthCheckPort><Target><Id>${escaped(id)}</Id><Port>${port}</Port><AvailabilityZone>all</AvailabilityZone></Target>` +
    `<TargetHealth><State>${state}</State>${optional.join('')}</TargetHealth></member>`
  )
}

function failure(code: string, message: string): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`
  return xml(400, `<ErrorResponse xmlns="${NAMESPACE}">${error}<RequestId>emulator</RequestId></ErrorResponse>`)
}

function xml(status: number, text: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(text) }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
