import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../emulator/emulator.ts'
import { added, census, listed, resourcesOf } from './aws.ts'
import { childEnvironment } from './cli.ts'
import { createProject } from './project.ts'
import { describeWith, missingTools } from './toolchain.ts'

describeWith(['emulator'], 'the census', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator()
  })
  afterAll(() => emulator?.stop())

  test('finds what was added, by tag and by name', async () => {
    const before = await census(emulator.environment)
    const client = new SecretsManagerClient({
      endpoint: emulator.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    })
    await client.send(new CreateSecretCommand({ Name: 'shop/calm-otter/database', SecretString: '{}' }))
    const tags = [{ Key: 'devtool:environment', Value: 'calm-otter' }]
    await client.send(new CreateSecretCommand({ Name: 'another', SecretString: '{}', Tags: tags }))
    await client.send(new CreateSecretCommand({ Name: 'shop/calm-otters', SecretString: '{}' }))
    const after = await census(emulator.environment)
    expect(listed(added(before, after))).toHaveLength(3)
    expect(listed(resourcesOf(after, 'shop', 'calm-otter'))).toHaveLength(2)
    expect(listed(resourcesOf(after, 'shop', 'brave-fox'))).toEqual([])
  })
})

describe('a project', () => {
  test('is a repository with the blueprint and the services, and goes away', async () => {
    const project = await createProject({ blueprint: 'project: shop\n', branch: 'feature' })
    try {
      expect(await project.git('branch', '--show-current')).toBe('feature')
      expect(await project.git('status', '--porcelain')).toBe('')
      const files = await project.git('ls-files')
      expect(files).toContain('devtool.yaml')
      expect(files).not.toContain('node_modules')
      await project.write('envs/a/queue.tf', '')
      await project.commit('a queue')
      expect(await project.git('log', '--format=%s')).toBe('a queue\nthe shop')
    } finally {
      await project.remove()
    }
    await expect(project.read('devtool.yaml')).rejects.toThrow('ENOENT')
  })
})

describe('the environment of a child', () => {
  test('leads to the tools and holds nothing of an account', () => {
    const environment = childEnvironment()
    expect(Object.keys(environment).filter((name) => name.startsWith('AWS_'))).toEqual([])
    expect(missingTools([])).toBeUndefined()
  })
})
