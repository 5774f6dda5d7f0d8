export { GetParameterCommand, ListTagsForResourceCommand, paginateDescribeParameters, SSMClient } from '@aws-sdk/client-ssm'
