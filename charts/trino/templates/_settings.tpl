{{/* The files of /etc/trino. Who may do what is asked of the coordinator alone. */}}
{{- define "trino.settings" -}}
config.properties: |
  {{- include "trino.config" . | trim | nindent 2 }}
jvm.config: |
  -Xmx{{ .values.heap }}
log.properties: |
  io.trino=INFO
{{- if .coordinator }}
access-control.properties: |
  access-control.name=file
  security.config-file=/etc/trino/rules.json
group-provider.properties: |
  group-provider.name=file
  file.group-file=/etc/trino/groups
resource-groups.properties: |
  resource-groups.configuration-manager=file
  resource-groups.config-file=/etc/trino/queues.json
{{- range $path, $_ := .root.Files.Glob "files/*" }}
{{ base $path }}: |
  {{- $.root.Files.Get $path | trim | nindent 2 }}
{{- end }}
{{- end }}
lake.properties: |
  {{- $rules := dict "delta.security" "file" "security.config-file" "/etc/trino/lake-rules.json" }}
  {{- include "trino.properties" (merge (ternary $rules dict .coordinator) (dict
    "connector.name" "delta_lake"
    "hive.metastore" "thrift"
    "hive.metastore.uri" (include "common.address" (dict "root" .root "system" "hive-metastore"))
    "fs.native-s3.enabled" "true"
    "fs.hadoop.enabled" "false"
    "s3.endpoint" (include "common.address" (dict "root" .root "system" "object-store"))
    "s3.region" (include "common.region" .)
    "s3.path-style-access" "true"
    "s3.aws-access-key" "${ENV:AWS_ACCESS_KEY_ID}"
    "s3.aws-secret-key" "${ENV:AWS_SECRET_ACCESS_KEY}"
    "delta.enable-non-concurrent-writes" "true"
    "delta.unique-table-location" "false"
    "delta.register-table-procedure.enabled" "true"
  )) | trim | nindent 2 }}
postgres.properties: |
  {{- include "trino.properties" (dict
    "connector.name" "postgresql"
    "connection-url" (printf "jdbc:postgresql://%s/%s" (include "common.address" (dict "root" .root "system" "postgres")) .root.Values.erp.database)
    "connection-user" "reader"
    "connection-password" "${ENV:TRINO_POSTGRES_PASSWORD}"
  ) | trim | nindent 2 }}
tpch.properties: |
  connector.name=tpch
{{- end }}

{{/* The ConfigMap as a folder: catalogs lie in one of their own. */}}
{{- define "trino.settingsVolume" -}}
- name: settings
  configMap:
    name: {{ include "common.name" . }}
    items:
      {{- $files := list "config.properties" "jvm.config" "log.properties" }}
      {{- if .coordinator }}
      {{- $files = concat $files (list "access-control.properties" "group-provider.properties" "resource-groups.properties") }}
      {{- range $path, $_ := .root.Files.Glob "files/*" }}
      {{- $files = append $files (base $path) }}
      {{- end }}
      {{- end }}
      {{- range $files }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
      {{- range list "lake" "postgres" "tpch" }}
      - {key: {{ . }}.properties, path: catalog/{{ . }}.properties}
      {{- end }}
{{- end }}
