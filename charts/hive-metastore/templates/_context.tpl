{{- define "hive-metastore.server" -}}
uid: 1001
port: 9083
ports: [9083]
portName: thrift
scratch: [/tmp]
{{- end }}

{{- define "hive-metastore.site" -}}
<configuration>
{{- range $name, $value := . }}
  <property><name>{{ $name }}</name><value>{{ $value }}</value></property>
{{- end }}
</configuration>
{{- end }}
