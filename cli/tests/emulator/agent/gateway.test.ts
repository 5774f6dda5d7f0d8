import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2'
import {
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../support/toolchain.ts'
import { type Emulator, emulatorRegion, startEmulator } from '../emulator.ts'
import { createElbApi } from './elb-api.ts'
import { type Gateway, startGateway } from './gateway.ts'
import type { TargetHealthState } from './ports.ts'

describeWith(['emulator'], 'the gateway', () => {
  let moto: Emulator
  let gateway: Gateway
  const changed: string[] = []
  let health: TargetHealthState[] = []
  const options = (url: string) => ({
    endpoint: url,
    region: emulatorRegion,
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  })

  beforeAll(async () => {
    moto = await startEmulator()
    const handlers = { elasticloadbalancing: createElbApi({ health: () => health }) }
    gateway = await startGateway({ upstream: moto.url, handlers, onChange: (service) => changed.push(service) })
  })
  afterAll(async () => {
    await gateway?.stop()
    await moto?.stop()
  })

  test('target health is what the load balancer says', async () => {
    const elb = new ElasticLoadBalancingV2Client(options(gateway.url))
    const { Vpc } = await new EC2Client(options(gateway.url)).send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
    const group = new CreateTargetGroupCommand({ Name: 'web', TargetType: 'ip', Protocol: 'HTTP', Port: 80, VpcId: Vpc?.VpcId })
    const { TargetGroups } = await elb.send(group)
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn
    health = [
      { id: '10.0.0.4', port: 3000, state: 'unhealthy', reason: 'Target.ResponseCodeMismatch', description: 'codes: [<503> & more]' },
    ]
    expect((await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))).TargetHealthDescriptions).toEqual([
      {
        HealthCheckPort: '3000',
        Target: { Id: '10.0.0.4', Port: 3000, AvailabilityZone: 'all' },
        TargetHealth: { State: 'unhealthy', Reason: 'Target.ResponseCodeMismatch', Description: 'codes: [<503> & more]' },
      },
    ])
    await expect(elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: `${TargetGroupArn}x` }))).rejects.toThrow()
    const targets = new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: '10.0.0.4' }] })
    await expect(elb.send(targets)).rejects.toThrow('does not implement RegisterTargets')
    expect(new Set(changed)).toEqual(new Set(['ec2', 'elasticloadbalancing']))
  })

  test('everything else passes, also what is large', async () => {
    const s3 = new S3Client({ ...options(gateway.url), forcePathStyle: true })
    const Body = Buffer.alloc(8 * 1024 * 1024, 'x')
    await s3.send(new CreateBucketCommand({ Bucket: 'shop' }))
    await s3.send(new PutObjectCommand({ Bucket: 'shop', Key: 'large', Body }))
    const got = await s3.send(new GetObjectCommand({ Bucket: 'shop', Key: 'large' }))
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body)).toBe(true)
  })
})
