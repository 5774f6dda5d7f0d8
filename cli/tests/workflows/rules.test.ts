import { describe, expect, test } from 'vitest'
import { all, workflowText } from './rendered.ts'
import { read, rules } from './rules.ts'

/** A change that breaks a rule: in which workflow, what becomes what. */
type Broken = [workflow: string, from: string | RegExp, to: string]

const EXEC = 'run: exec node_modules/.bin/devtool env sync --pr "$PULL_REQUEST" --yes'
const CHECKOUT = /uses: actions\/checkout@\S+ # \S+/

const BROKEN: Readonly<Record<string, readonly Broken[]>> = {
  'every action is pinned to the commit that is known, with its version beside it [F8]': [
    ['preview.yml', CHECKOUT, 'uses: actions/checkout@v6'],
    ['preview.yml', CHECKOUT, 'uses: actions/checkout@main # v6.0.2'],
    ['preview.yml', CHECKOUT, `uses: actions/checkout@${'a'.repeat(40)} # v6.0.2`],
    ['preview.yml', ' # v6.0.2', ''],
    ['preview.yml', ' # v6.0.2', ' # v6.0.1'],
    ['preview.yml', CHECKOUT, 'uses: ./.github/actions/mine'],
    ['preview.yml', CHECKOUT, 'uses: docker://alpine'],
  ],
  'Terraform is the version and the bytes that are known': [
    ['drift.yml', 'VERSION: "1.11.4"', 'VERSION: "1.12.0"'],
    ['drift.yml', 'SHA256: "1c', 'SHA256: "2c'],
    ['drift.yml', '| sha256sum --check --quiet', ''],
    ['drift.yml', CHECKOUT, `uses: hashicorp/setup-terraform@${'a'.repeat(40)} # v4.0.1`],
  ],
  'the token has no rights but those that a job names': [
    ['reaper.yml', 'permissions: {}\n', ''],
    ['reaper.yml', 'permissions: {}\n', 'permissions: read-all\n'],
    ['environments.yml', '    permissions:\n      contents: read\n', ''],
  ],
  'a job has no right that it does not need': [
    ['environments.yml', 'contents: read\n', 'contents: read\n      id-token: write\n'],
    ['reaper.yml', 'pull-requests: read', 'pull-requests: write'],
    ['drift.yml', 'contents: read', 'contents: write'],
    ['production.yml', 'actions: read', 'actions: write'],
    ['preview.yml', 'name: preview\n', 'name: production\n'],
  ],
  'a checkout leaves no token behind': [
    ['preview.yml', 'persist-credentials: false', 'persist-credentials: true'],
    ['reaper.yml', '          persist-credentials: false\n', ''],
  ],
  'a script holds no expression': [
    ['preview.yml', EXEC, EXEC.replace('"$PULL_REQUEST"', '${{ github.event.pull_request.number }}')],
    ['preview-teardown.yml', EXEC, EXEC.replace('"$PULL_REQUEST"', '${{ github.event.inputs.pull-request }}')],
    ['environments.yml', 'echo "### What this changes"', 'echo "### ${{ github.event.pull_request.title }}"'],
  ],
  'scripts run in bash, and fail where a part of them fails': [
    ['reaper.yml', '    shell: bash\n', '    shell: sh\n'],
    ['environments.yml', 'init --branch main', 'init --branch main || true'],
    ['preview.yml', `        ${EXEC}`, `        continue-on-error: true\n        ${EXEC}`],
  ],
  'a job with credentials names its GitHub environment, makes no deployment, and has the role of that environment': [
    ['preview.yml', 'deployment: false', 'deployment: true'],
    ['preview.yml', '      deployment: false\n', ''],
    ['preview.yml', '      name: preview\n', '      name: pr-${{ github.event.pull_request.number }}\n'],
    ['preview.yml', /role-to-assume: .*/, 'role-to-assume: ${{ vars.DEVTOOL_PRODUCTION_APPLY_ROLE }}'],
    ['preview-teardown.yml', '      name: preview-teardown\n', '      name: preview\n'],
    ['preview-teardown.yml', 'pull_request_target:', 'pull_request:'],
    ['reaper.yml', /aws-region: .*/, 'aws-region: us-east-1'],
    ['environments.yml', '      contents: read\n', '      contents: read\n      id-token: write\n'],
  ],
  'a job ends before its credentials do [4]': [
    ['preview.yml', 'timeout-minutes: 75', 'timeout-minutes: 130'],
    ['preview.yml', '    timeout-minutes: 75\n', ''],
    ['production.yml', 'role-duration-seconds: 7200', 'role-duration-seconds: 43200'],
    ['drift.yml', 'role-duration-seconds: 3600', 'role-duration-seconds: 600'],
    ['environments.yml', '    timeout-minutes: 30\n', ''],
  ],
  'credentials come after all that is not DevTool [4]': [
    ['preview.yml', `      - name: Sync`, `      - run: npm ci\n      - name: Sync`],
    ['preview.yml', `      - name: Sync`, `      - uses: actions/checkout@v6\n      - name: Sync`],
    ['production.yml', '      - name: Plan\n', '      - run: curl https://example.com\n      - name: Plan\n'],
  ],
  'where there are credentials, DevTool takes the place of the shell [F6]': [
    ['preview.yml', 'run: exec ', 'run: '],
    ['preview.yml', EXEC, `${EXEC} && echo done`],
    ['preview.yml', EXEC, `${EXEC}; echo done`],
    ['production.yml', 'run: exec node_modules/.bin/devtool env apply', 'run: timeout 60 node_modules/.bin/devtool env apply'],
  ],
  'what has credentials is never cancelled by a newer run, and runs for a pull request wait in one queue [F4][9]': [
    ['preview.yml', 'cancel-in-progress: false', 'cancel-in-progress: true'],
    ['preview.yml', '  queue: max\n', ''],
    ['preview.yml', '  queue: max\n', '  queue: single\n'],
    ['preview.yml', /group: .*/, 'group: ${{ github.ref }}'],
    ['preview-teardown.yml', /group: .*/, 'group: teardown-${{ github.event.pull_request.number }}'],
    ['production.yml', '      cancel-in-progress: false\n', ''],
    ['drift.yml', 'concurrency:\n  group: devtool-drift\n  cancel-in-progress: false\n', ''],
    ['environments.yml', 'cancel-in-progress: true\n', 'cancel-in-progress: true\n  queue: max\n'],
  ],
  'with the rights of the repository nothing of a pull request is checked out [17]': [
    ['preview-teardown.yml', 'ref: "main"', 'ref: ${{ github.event.pull_request.head.sha }}'],
    ['preview-teardown.yml', 'ref: "main"', 'ref: refs/pull/1/merge'],
    ['preview-teardown.yml', '          ref: "main"\n', ''],
    ['preview-teardown.yml', 'PULL_REQUEST: $', 'BRANCH: ${{ github.head_ref }}\n          PULL_REQUEST: $'],
  ],
  'a pull request from elsewhere gets no credentials [17]': [
    ['preview.yml', 'github.event.pull_request.head.repo.full_name == github.repository &&', ''],
    ['preview-teardown.yml', 'head.repo.full_name == github.repository', 'head.repo.full_name != github.repository'],
  ],
  'production changes from the default branch alone': [
    ['production.yml', /!cancelled\(\) && github\.ref == 'refs\/heads\/main' &&/, '!cancelled() &&'],
  ],
  'nothing comes from a cache, a secret or another workflow': [
    ['preview.yml', 'GITHUB_TOKEN: ${{ github.token }}', 'GITHUB_TOKEN: ${{ secrets.BOT }}'],
    ['preview.yml', 'package-manager-cache: false', 'cache: npm'],
    ['production.yml', CHECKOUT, 'uses: actions/cache@v5'],
  ],
  'the clock is off the hour': [
    ['reaper.yml', '17,47 * * * *', '0,30 * * * *'],
    ['drift.yml', '23 4 * * *', '*/5 * * * *'],
  ],
}

describe.each(Object.entries(rules))('%s', (name, rule) => {
  test.each(all())('$owner: $name', (source) => expect(rule(read(source))).toEqual([]))

  test.each([...(BROKEN[name] ?? [])])('broken in %s: %s becomes %s', (workflow, from, to) => {
    const text = workflowText(workflow)
    const broken = text.replace(from, () => to)
    expect(broken).not.toBe(text)
    expect(rule(read({ owner: 'nobody', name: workflow, text: broken }))).not.toEqual([])
  })
})

test('every rule can fail', () => expect(Object.keys(BROKEN)).toEqual(Object.keys(rules)))
