export { ACMClient, ListTagsForCertificateCommand, paginateListCertificates } from '@aws-sdk/client-acm'
