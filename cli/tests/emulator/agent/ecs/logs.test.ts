import { CreateLogGroupCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'
import { systemClock } from '../../../../src/system/clock.ts'
import { describeWith } from '../../../support/toolchain.ts'
import { emulatorRegion, startEmulator } from '../../emulator.ts'
import { createClients } from '../account.ts'
import { createLogs } from './logs.ts'

describeWith(['emulator'], 'the log driver', () => {
  test('lines of two streams arrive in order, and one that has lost its group disturbs nobody', async () => {
    const moto = await startEmulator()
    try {
      const { logs: client } = createClients(moto.url, emulatorRegion)
      await client.send(new CreateLogGroupCommand({ logGroupName: 'shop' }))
      const logs = createLogs(client, systemClock)
      logs.write('gone', 'calm-otter/web/1', 'nobody hears this')
      for (const line of ['first', '', 'second']) logs.write('shop', 'calm-otter/web/1', line)
      logs.write('shop', 'calm-otter/migrations/1', 'third')
      await logs.flush()
      const linesOf = async (logStreamName: string) =>
        (await client.send(new GetLogEventsCommand({ logGroupName: 'shop', logStreamName, limit: 20, startFromHead: false }))).events?.map(
          ({ message }) => message,
        )
      expect(await linesOf('calm-otter/web/1')).toEqual(['first', 'second'])
      expect(await linesOf('calm-otter/migrations/1')).toEqual(['third'])
    } finally {
      await moto.stop()
    }
  })
})
