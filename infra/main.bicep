// Everything that AgentFunctions needs in Azure, in one resource group. No keys: every service is reached with the app's
// managed identity, and the accounts refuse shared keys.
targetScope = 'subscription'

@description('Name of the azd environment; the resource names are derived from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of all resources; it must offer the Flex Consumption plan.')
@minLength(1)
@metadata({ azd: { type: 'location' } })
param location string

@description('Memory of one instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances that the app scales out to.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Key of an OpenAI-compatible provider. Kept in a key vault; empty when no agent needs one.')
@secure()
param openAiApiKey string = ''

@description('Key of Anthropic. Kept in a key vault; empty when no agent needs one.')
@secure()
param anthropicApiKey string = ''

var resourceToken = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var deploymentContainer = 'app-package'
var vaultName = 'kv-${resourceToken}'
var hasModelKeys = !empty(openAiApiKey) || !empty(anthropicApiKey)

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${resourceToken}'
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'st${resourceToken}'
    location: location
    tags: tags
    deploymentContainer: deploymentContainer
    principalId: identity.outputs.principalId
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-${resourceToken}'
    componentName: 'appi-${resourceToken}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module secrets 'modules/secrets.bicep' = if (hasModelKeys) {
  name: 'secrets'
  scope: group
  params: {
    name: vaultName
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    openAiApiKey: openAiApiKey
    anthropicApiKey: anthropicApiKey
  }
}

module functions 'modules/functions.bicep' = {
  name: 'functions'
  scope: group
  params: {
    name: 'func-${resourceToken}'
    planName: 'plan-${resourceToken}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    deploymentContainer: deploymentContainer
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    modelSettings: union(
      empty(openAiApiKey) ? {} : { OPENAI_API_KEY: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=openai-api-key)' },
      empty(anthropicApiKey) ? {} : { ANTHROPIC_API_KEY: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=anthropic-api-key)' }
    )
  }
  dependsOn: [secrets]
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output SERVICE_API_NAME string = functions.outputs.name
output SERVICE_API_URL string = functions.outputs.url
