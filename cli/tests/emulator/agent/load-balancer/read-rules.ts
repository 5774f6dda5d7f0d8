import type { Action as AppliedAction, Rule as AppliedRule, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Action, Condition, Rule } from './model.ts'

/** The rules of a listener in the order of their priorities. Throws on what is not implemented, and names it. */
export function readRules(rules: readonly AppliedRule[], listenerArn: string): Rule[] {
  return rules
    .toSorted((one, other) => priority(one) - priority(other))
    .map((rule) => ({
      arn: rule.IsDefault === true ? listenerArn : (rule.RuleArn ?? ''),
      conditions: rule.IsDefault === true ? [] : (rule.Conditions ?? []).map(readCondition),
      action: readAction(rule.Actions ?? []),
    }))
}

function priority({ IsDefault, Priority }: AppliedRule): number {
  return IsDefault === true ? Number.POSITIVE_INFINITY : Number(Priority)
}

function readCondition({ Field = '', RegexValues, ...condition }: RuleCondition): Condition {
  const own = { 'host-header': condition.HostHeaderConfig, 'path-pattern': condition.PathPatternConfig }
  if (!(Field in own)) throw new Error(`the emulator does not implement conditions on ${Field}`)
  const field = Field as Condition['field']
  if ((RegexValues ?? own[field]?.RegexValues ?? []).length > 0)
    throw new Error(`the emulator does not implement regular expressions for ${field}`)
  const patterns = own[field]?.Values ?? condition.Values ?? []
  if (patterns.length === 0) throw new Error(`a condition on ${field} has no values`)
  return { field, patterns }
}

function readAction(actions: readonly AppliedAction[]): Action {
  const [action, ...others] = actions
  if (action === undefined) throw new Error('a rule has no action')
  if (others.length > 0) throw new Error(`the emulator does not implement several actions: ${actions.map(({ Type }) => Type).join(', ')}`)
  if (action.Type === 'forward') return { type: 'forward', group: groupOf(action) }
  if (action.Type === 'redirect') return readRedirect(action)
  if (action.Type !== 'fixed-response') throw new Error(`the emulator does not implement ${action.Type} actions`)
  const { StatusCode, ContentType = 'text/plain', MessageBody = '' } = action.FixedResponseConfig ?? {}
  return { type: 'fixed-response', status: Number(StatusCode), contentType: ContentType, body: MessageBody }
}

function groupOf({ TargetGroupArn, ForwardConfig }: AppliedAction): string {
  const groups = ForwardConfig?.TargetGroups ?? []
  if (groups.length > 1) throw new Error('the emulator does not implement forwarding to several target groups')
  if (ForwardConfig?.TargetGroupStickinessConfig?.Enabled === true) throw new Error('the emulator does not implement sticky target groups')
  const group = groups[0]?.TargetGroupArn ?? TargetGroupArn
  if (group === undefined) throw new Error('a forward action has no target group')
  return group
}

function readRedirect({ RedirectConfig: config = { StatusCode: undefined } }: AppliedAction): Action {
  const { Protocol = '#{protocol}', Host = '#{host}', Port = '#{port}', Path = '/#{path}', Query = '#{query}' } = config
  const status = config.StatusCode === 'HTTP_302' ? 302 : 301
  return { type: 'redirect', status, protocol: Protocol, host: Host, port: Port, path: Path, query: Query }
}
