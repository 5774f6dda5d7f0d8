export {
  EC2Client,
  paginateDescribeAddressesAttribute,
} from '@aws-sdk/client-ec2'
