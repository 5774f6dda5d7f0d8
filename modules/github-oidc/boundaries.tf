# What the roles of previews may never do, whatever policies somebody adds to them for the sake of a queue or a bucket.
resource "aws_iam_policy" "preview_boundary" {
  name        = "${var.project}-preview-boundary"
  path        = local.path
  description = "Keeps the workflows of pull requests of ${var.project} away from the platform and from what is pinned"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "AsOtherPoliciesSay", Effect = "Allow", Action = "*", Resource = "*" },
      {
        Sid    = "NoStateButOfPreviews"
        Effect = "Deny"
        Action = "s3:*"
        Resource = concat(
          ["${local.bucket}/state/pinned/*", "${local.bucket}/state/platform.*", "${local.bucket}/plans/*"],
          flatten([for name in local.others : ["${local.bucket}/bundles/${name}.*", "${local.bucket}/rescue/${name}.*"]]),
        )
      },
      {
        Sid      = "NoRecordsOfOthers"
        Effect   = "Deny"
        Action   = ["s3:DeleteObject*", "s3:PutObject*"]
        Resource = [for name in local.others : "${local.bucket}/registry/*/${name}.json"]
      },
      {
        # Nothing of a version, and nothing of the bucket itself.
        Sid       = "NoOtherUseOfTheBucket"
        Effect    = "Deny"
        NotAction = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        Resource  = [local.bucket, "${local.bucket}/*"]
      },
      {
        # The platform's own and what is pinned, of any project: they carry our tags and not this one. What previews share is listed.
        Sid    = "NothingThatIsNoPreviews"
        Effect = "Deny"
        NotAction = [
          "acm:Describe*", "acm:List*", "application-autoscaling:Describe*", "application-autoscaling:List*", "cloudwatch:Describe*", "cloudwatch:List*",
          "ec2:Describe*", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:Describe*",
          "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart", "ecs:Describe*", "ecs:List*",
          "elasticloadbalancing:CreateRule", "elasticloadbalancing:Describe*", "iam:Get*", "iam:List*", "iam:PassRole", "lambda:GetPolicy",
          "lambda:InvokeFunction", "lambda:List*", "logs:Describe*", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:List*", "rds:Describe*", "rds:List*",
          "s3:*", "sns:Get*", "sns:List*", "ssm:DescribeParameters", "ssm:GetParameter", "ssm:List*", "tag:GetResources",
        ]
        Resource = "*"
        Condition = {
          Null            = { "aws:ResourceTag/devtool:managed-by" = "false" }
          StringNotEquals = { "aws:ResourceTag/devtool:ephemeral" = "true" }
        }
      },
      {
        Sid       = "NoNameOfOthers"
        Effect    = "Deny"
        Action    = "*"
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestTag/devtool:environment" = local.others } }
      },
      {
        Sid      = "NoSecretsOfOthers"
        Effect   = "Deny"
        Action   = "secretsmanager:*"
        Resource = [for name in local.others : "${local.arn}:secretsmanager:*:${var.account_id}:secret:${var.project}/${name}/*"]
      },
      {
        Sid    = "NoIdentities"
        Effect = "Deny"
        Action = [
          "account:*", "iam:Add*", "iam:Attach*", "iam:Change*", "iam:Create*", "iam:Deactivate*", "iam:Delete*", "iam:Detach*", "iam:Enable*", "iam:Put*",
          "iam:Remove*", "iam:Reset*", "iam:Resync*", "iam:Set*", "iam:Tag*", "iam:Untag*", "iam:Update*", "iam:Upload*", "organizations:*",
        ]
        NotResource = local.preview_roles
      },
      {
        Sid         = "NoOtherRolesForTasks"
        Effect      = "Deny"
        Action      = "iam:PassRole"
        NotResource = [var.execution_role_arn, var.task_role_arn, local.preview_roles]
      },
      {
        Sid       = "NoRoleWithoutBoundary"
        Effect    = "Deny"
        Action    = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PermissionsBoundary" = aws_iam_policy.preview_workload.arn } }
      },
      { Sid = "NoLiftingOfBoundaries", Effect = "Deny", Action = "iam:DeleteRolePermissionsBoundary", Resource = "*" },
      {
        Sid       = "NoOtherRegion"
        Effect    = "Deny"
        NotAction = ["iam:*", "route53:*", "s3:*", "sts:*"]
        Resource  = "*"
        Condition = { StringNotEquals = { "aws:RequestedRegion" = var.region } }
      },
    ]
  })

  tags = { Name = "${var.project}-preview-boundary" }
}

# What the tasks of a preview that brings roles of its own may do at most: what the platform's roles may.
resource "aws_iam_policy" "preview_workload" {
  name        = "${var.project}-preview-workload"
  path        = local.path
  description = "Boundary of the roles that previews of ${var.project} bring themselves"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"]
        Resource = "*"
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = "${local.arn}:logs:${local.here}:log-group:/devtool/${var.project}-*"
      },
      {
        Sid       = "ReadSecrets"
        Effect    = "Allow"
        Action    = "secretsmanager:GetSecretValue"
        Resource  = "${local.arn}:secretsmanager:${local.here}:secret:${var.project}/*"
        Condition = { StringEquals = local.of_previews }
      },
      {
        Sid    = "OpenChannels"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
        ]
        Resource = "*"
      },
    ]
  })

  tags = { Name = "${var.project}-preview-workload" }
}

# The code of a pinned environment may be given whatever it needs, but nothing that makes identities, and not the states.
resource "aws_iam_policy" "pinned_workload" {
  name        = "${var.project}-pinned-workload"
  path        = local.path
  description = "Boundary of the roles of pinned environments of ${var.project}"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "NoIdentities", Effect = "Allow", NotAction = ["account:*", "iam:*", "organizations:*"], Resource = "*" },
      { Sid = "NoStates", Effect = "Deny", Action = "s3:*", Resource = [local.bucket, "${local.bucket}/*"] },
    ]
  })

  tags = { Name = "${var.project}-pinned-workload" }
}
