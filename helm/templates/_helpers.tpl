{{- define "cloakroom.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Short enough for the suffixes that it gets. */}}
{{- define "cloakroom.fullname" -}}
{{- $name := include "cloakroom.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "cloakroom.selectorLabels" -}}
app.kubernetes.io/name: {{ include "cloakroom.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{/* The labels of every object, but for its component. */}}
{{- define "cloakroom.commonLabels" -}}
{{- with .Values.commonLabels }}
{{- tpl (toYaml .) $ }}
{{ end -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ include "cloakroom.name" . }}
{{- end }}

{{/* Of a list: the context, the object's name and, where it has some, values with its own labels and annotations. */}}
{{- define "cloakroom.metadata" -}}
{{- $context := index . 0 }}
{{- $own := dict }}
{{- if gt (len .) 2 }}{{ $own = index . 2 }}{{ end }}
{{- $labels := tpl (toYaml ($own.labels | default dict)) $context | fromYaml }}
{{- $annotations := tpl (toYaml ($own.annotations | default dict)) $context | fromYaml -}}
name: {{ index . 1 }}
namespace: {{ $context.Release.Namespace }}
labels:
  {{- merge $labels (include "cloakroom.selectorLabels" $context | fromYaml) (include "cloakroom.commonLabels" $context | fromYaml) | toYaml | nindent 2 }}
{{- with merge $annotations (tpl (toYaml $context.Values.commonAnnotations) $context | fromYaml) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "cloakroom.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end }}
{{- end }}
{{- end }}

{{- define "cloakroom.serviceAccountName" -}}
{{- default (ternary (include "cloakroom.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "cloakroom.apiKeySecret" -}}
{{- default (printf "%s-api-key" (include "cloakroom.fullname" .)) (tpl .Values.apiKey.existingSecret .) }}
{{- end }}

{{- define "cloakroom.redisHost" -}}
{{- ternary (printf "%s-redis" (include "cloakroom.fullname" .)) (tpl .Values.redis.host .) .Values.redis.trial.enabled }}
{{- end }}

{{- define "cloakroom.hasUpstreamCa" -}}
{{- if or .Values.upstream.ca.existingSecret .Values.upstream.ca.existingConfigMap }}true{{ end }}
{{- end }}

{{/* The port of the store's address; 443 where it is Amazon's. */}}
{{- define "cloakroom.s3Port" -}}
{{- include "cloakroom.portOf" (.Values.content.s3.endpoint | default "https://amazonaws.com") }}
{{- end }}

{{/* The port of an address. */}}
{{- define "cloakroom.portOf" -}}
{{- $url := urlParse . }}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "80" "443" (eq $url.scheme "http")) }}
{{- end }}

{{- define "cloakroom.isScaled" -}}
{{- if or .Values.autoscaling.enabled .Values.keda.enabled }}true{{ end }}
{{- end }}

{{/* The labels by which Prometheus knows the metrics of this release. */}}
{{- define "cloakroom.ownMetrics" -}}
namespace="{{ .Release.Namespace }}", service="{{ include "cloakroom.fullname" . }}-management"
{{- end }}

{{/* Callers that may wait or listen at one pod: as in config, else the service's default. */}}
{{- define "cloakroom.maxWaiters" -}}
{{- $settings := include "cloakroom.settings" (dict "prefix" "" "tree" (tpl (toYaml .Values.config) . | fromYaml)) }}
{{- regexFind "(?m)^cloakroom\\.lookup\\.maxwaiters \"?[0-9]+" $settings | regexFind "[0-9]*$" | default "5000" }}
{{- end }}

{{/* All settings in a tree of them with their values, one a line, named as Spring Boot's relaxed binding compares them. */}}
{{- define "cloakroom.settings" -}}
{{- $prefix := .prefix }}
{{- range $name, $value := .tree }}
{{- $path := printf "%s%s" $prefix ($name | lower | replace "-" "" | replace "_" "") }}
{{- if kindIs "map" $value }}
{{- include "cloakroom.settings" (dict "prefix" (printf "%s." $path) "tree" $value) }}
{{- else }}
{{ $path }} {{ toJson $value }}
{{- end }}
{{- end }}
{{- end }}

{{- define "cloakroom.redisLabels" -}}
app.kubernetes.io/name: {{ include "cloakroom.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: redis
{{- end }}

{{- define "cloakroom.testLabels" -}}
app.kubernetes.io/name: {{ include "cloakroom.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end }}
