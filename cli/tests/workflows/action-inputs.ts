/** Inputs of the pinned actions that workflows may use, from each `action.yml` (https://github.com/<action>). */
export const INPUTS: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout': ['ref', 'fetch-depth', 'persist-credentials'],
  'actions/setup-node': ['node-version', 'package-manager-cache'],
  'aws-actions/configure-aws-credentials': ['aws-region', 'role-to-assume', 'role-session-name', 'role-duration-seconds'],
  'docker/setup-buildx-action': ['cache-binary'],
}
