import { describe, expect, test } from 'vitest'
import { COMMENT_MARKER } from '../../src/rendering/comment.ts'
import { MAIN } from './program.ts'
import { problems, unserved } from './verdict.ts'
import { createWorld, type World } from './world.ts'

const COMMIT = '2'.repeat(40)

/** A pull request that is served as it should be. */
function served(): World {
  const story = { pulls: [], steps: [], limit: 20, broken: 0, hosted: false }
  const world = createWorld(1, story)
  const { account, bucket, github, pulls, timeline } = world
  pulls.open(7, { labelled: true, fork: false, commit: COMMIT })
  const record = { name: 'calm-otter', project: 'shop', pullRequest: 7, commit: COMMIT, status: 'ready' }
  bucket.put('registry/environments/calm-otter.json', JSON.stringify(record))
  bucket.put('registry/slots/0007.json', JSON.stringify({ name: 'calm-otter' }))
  bucket.put('bundles/calm-otter/1.tgz', '')
  bucket.put('state/preview/calm-otter.tfstate', '')
  for (const kind of ['secret', 'database', 'task-definition', 'target-group', 'listener-rule', 'service'] as const) {
    account.make('calm-otter', kind, COMMIT, timeline.now)
  }
  github.state.comments.push(comment(`${COMMENT_MARKER}\n\n### ✅ Preview is ready\n\n${COMMIT.slice(0, 7)}`))
  github.state.deployments.push(deployment('success'))
  return world
}

const comment = (body: string) => ({ id: 1, pullRequest: 7, author: 'github-actions[bot]', body, createdAt: '', updatedAt: '', edits: 0 })

const deployment = (state: string) => ({
  ...{ id: 1, sha: COMMIT, task: 'deploy:pr-7', environment: 'preview', description: '', payload: null, createdAt: '' },
  statuses: [{ state, description: '', environmentUrl: '', logUrl: '' }],
})

const kindsOf = (world: World, excused: number[] = []): string[] => [...new Set(problems(world, excused).map(({ kind }) => kind))]

describe('the verdict can be against it', () => {
  test('nothing is wrong with what is as it should be', () => {
    expect(problems(served(), [])).toEqual([])
    expect(unserved(served())).toEqual([])
  })

  const wrong: [string, string[], (world: World) => void][] = [
    ['a resource of nobody', ['leak'], ({ account }) => account.make('was-here', 'secret', MAIN, 0)],
    ['a bundle of nobody', ['leak'], ({ bucket }) => bucket.put('bundles/was-here/1.tgz', '')],
    ['a state of nobody', ['leak'], ({ bucket }) => bucket.put('state/preview/was-here.tfstate', '')],
    ['a slot of nobody', ['leak'], ({ bucket }) => bucket.put('registry/slots/0008.json', '{"name":"was-here"}')],
    ['a lease', ['lock'], ({ bucket }) => bucket.put('registry/leases/calm-otter.json', '')],
    ['a lock of Terraform', ['lock'], ({ bucket }) => bucket.put('state/preview/calm-otter.tfstate.tflock', '')],
    ['a word that is owed', ['lock'], ({ bucket }) => bucket.put('registry/untold/7-1.json', '')],
    ['an old commit', ['environment', 'comment', 'deployment'], ({ pulls }) => pulls.act('push', 7, { commit: MAIN, at: '' })],
    ['a resource that is missing', ['environment'], ({ account }) => account.things.delete('calm-otter/service')],
    [
      'no environment',
      ['environment', 'leak', 'comment', 'deployment'],
      ({ bucket }) => bucket.remove('registry/environments/calm-otter.json'),
    ],
    ['one that nobody wants', ['environment'], ({ pulls }) => pulls.act('unlabel', 7, { commit: '', at: '' })],
    ['two comments', ['comment'], ({ github }) => github.state.comments.push({ ...comment(`${COMMENT_MARKER} again`), id: 2 })],
    ['no comment', ['comment'], ({ github }) => github.state.comments.splice(0)],
    ['a deployment that never ended', ['deployment'], ({ github }) => github.state.deployments.push(deployment('in_progress'))],
    ['no deployment', ['deployment'], ({ github }) => github.state.deployments.splice(0)],
    ['what must never be', ['fault'], (world) => world.checkDestroy('production')],
    ['a request that GitHub does not know', ['fault'], ({ github }) => github.faults.push('what?')],
  ]
  test.each(wrong)('%s', (_, kinds, spoil) => {
    const world = served()
    spoil(world)
    expect(kindsOf(world).sort()).toEqual([...kinds].sort())
  })

  test('who waits is excused for what is old, not for a tick where there is nothing', () => {
    const world = served()
    world.pulls.act('push', 7, { commit: MAIN, at: '' })
    expect(kindsOf(world, [7])).toEqual([])
    for (const key of world.bucket.keys()) world.bucket.remove(key)
    world.account.things.clear()
    expect(kindsOf(world, [7])).toEqual(['comment', 'deployment'])
  })
})
