import { expect, test } from 'vitest'
import { childEnvironment } from './child-environment.ts'

test('an allow-list: what Terraform, AWS, git and a proxy need, nothing else', () => {
  const user = {
    PATH: '/bin',
    HOME: '/home/me',
    AWS_PROFILE: 'dev',
    TF_VAR_x: '1',
    https_proxy: 'http://p',
    NO_PROXY: '*',
    SSL_CERT_FILE: '/c',
    TMPDIR: '/t',
    XDG_CACHE_HOME: '/x',
    SSH_AUTH_SOCK: '/s',
    RUNNER_TRACKING_ID: 'github_1',
    GITHUB_TOKEN: 'ghp',
    NPM_TOKEN: 'n',
    DATABASE_URL: 'postgres://',
    NODE_OPTIONS: '--inspect',
  }
  const { GITHUB_TOKEN, NPM_TOKEN, DATABASE_URL, NODE_OPTIONS, ...passed } = user
  expect(childEnvironment(user, '/root')).toEqual({ ...passed, GOGC: '400', TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' })
})

test('what would move a root or share its folders is withheld', () => {
  const child = childEnvironment({ TF_WORKSPACE: 'x', TF_DATA_DIR: '/d', TF_PLUGIN_CACHE_DIR: '/c', TF_INPUT: '1' }, '/root', {
    TF_PLUGIN_CACHE_DIR: '/ours',
  })
  expect(child).toEqual({ GOGC: '400', TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1', TF_PLUGIN_CACHE_DIR: '/ours' })
})

test('additions win, and can take a variable away', () => {
  expect(childEnvironment({ TF_CLI_CONFIG_FILE: '/gone' }, '/root', { TF_CLI_CONFIG_FILE: undefined })).not.toHaveProperty(
    'TF_CLI_CONFIG_FILE',
  )
})

test('a trace goes to a file, never to our output', () => {
  expect(childEnvironment({ TF_LOG: 'trace' }, '/root')).toMatchObject({ TF_LOG: 'trace', TF_LOG_PATH: '/root/.terraform/terraform.log' })
  expect(childEnvironment({ TF_LOG: 'trace', TF_LOG_PATH: '/mine' }, '/root')).toMatchObject({ TF_LOG_PATH: '/mine' })
})

test('garbage collection is ours to set until the user sets it', () => {
  expect(childEnvironment({ GOGC: '50' }, '/root')).toMatchObject({ GOGC: '50' })
})
