{{/* Everything that is wrong with the values, at once. */}}
{{- define "meshseal.preflight" -}}
{{- $problems := list -}}
{{- $cm := .Values.certManager -}}
{{- $system := include "meshseal.systemNamespace" . -}}
{{- if and $cm.enabled $cm.issuer.name -}}
{{- $problems = append $problems (printf "certManager.enabled makes a CA of its own, and certManager.issuer.name is '%s': keep one of them; for your own issuer set certManager.enabled=false" $cm.issuer.name) -}}
{{- end -}}
{{- range $where, $issuer := dict "certManager.issuer" $cm.issuer "admin.tls.issuer" .Values.admin.tls.issuer -}}
{{- if and (not $issuer.name) (or $issuer.kind $issuer.group) -}}
{{- $problems = append $problems (printf "%s has a kind or a group and no name: set %s.name" $where $where) -}}
{{- end -}}
{{- if and $issuer.name $issuer.group (ne $issuer.group "cert-manager.io") (not $issuer.kind) -}}
{{- $problems = append $problems (printf "%s.group is '%s', an external issuer: set %s.kind too" $where $issuer.group $where) -}}
{{- end -}}
{{- if and $issuer.name $issuer.kind (not (has $issuer.kind (list "Issuer" "ClusterIssuer"))) (or (not $issuer.group) (eq $issuer.group "cert-manager.io")) -}}
{{- $problems = append $problems (printf "%s.kind is '%s', which cert-manager does not have: set %s.group to that of the external issuer" $where $issuer.kind $where) -}}
{{- end -}}
{{- end -}}
{{- if not (or $cm.enabled $cm.issuer.name .Values.tls.secretName) -}}
{{- $problems = append $problems "the server has no certificate: set one of certManager.enabled=true, certManager.issuer.name and tls.secretName" -}}
{{- end -}}
{{- if and $cm.enabled (has $cm.clusterResourceNamespace (list $system .Release.Namespace)) -}}
{{- $problems = append $problems (printf "certManager.clusterResourceNamespace is '%s', where the server reads Secrets, so it could read the CA's key: install into another namespace than that of cert-manager" $cm.clusterResourceNamespace) -}}
{{- end -}}
{{- if and $cm.issuer.name (not $cm.enabled) (not .Values.tls.secretName) (ne $system .Release.Namespace) (eq (default "Issuer" $cm.issuer.kind) "Issuer") (eq (default "cert-manager.io" $cm.issuer.group) "cert-manager.io") -}}
{{- $problems = append $problems (printf "an Issuer works in its own namespace only: '%s' would be needed in '%s' for the mesh and in '%s' for the server; use a ClusterIssuer, or give tls.secretName" $cm.issuer.name $system .Release.Namespace) -}}
{{- end -}}
{{- if and .Values.admin.tls.secretName .Values.admin.tls.issuer.name -}}
{{- $problems = append $problems "admin.tls.secretName and admin.tls.issuer.name are two certificates for one front end: keep one of them" -}}
{{- end -}}
{{- if and .Values.admin.tls.dnsNames (not .Values.admin.tls.issuer.name) -}}
{{- $problems = append $problems "admin.tls.dnsNames are for a certificate that is made: set admin.tls.issuer.name" -}}
{{- end -}}
{{- if and .Values.tls.dnsNames .Values.tls.secretName -}}
{{- $problems = append $problems (printf "tls.dnsNames are for a certificate that is made, and tls.secretName is '%s', one of yours: have the names in that one, and leave tls.dnsNames out" .Values.tls.secretName) -}}
{{- end -}}
{{- $problems = concat $problems (include "meshseal.lives" . | fromJsonArray) -}}
{{- $sizes := get (include "meshseal.caSizes" . | fromJson) $cm.ca.algorithm -}}
{{- if and $cm.ca.size (not (has (toString $cm.ca.size) (toStrings $sizes))) -}}
{{- $problems = append $problems (printf "certManager.ca.size is %v, and certManager.ca.algorithm is %s, whose sizes here are %s: set one of them, or none for %v" $cm.ca.size $cm.ca.algorithm (toStrings $sizes | sortAlpha | join ", ") (first $sizes)) -}}
{{- end -}}
{{- if and .Values.rbac.create (not .Values.rbac.certManager) .Values.mesh.create (or $cm.enabled $cm.issuer.name) -}}
{{- $problems = append $problems (printf "rbac.certManager is false, and mesh '%s' gets its certificates from cert-manager: set rbac.certManager=true, or mesh.create=false" .Values.mesh.name) -}}
{{- end -}}
{{- if and $cm.approver.enabled (not $cm.approver.signerNames) -}}
{{- $problems = append $problems "certManager.approver.enabled lets nothing be approved: set certManager.approver.signerNames, as awspcaclusterissuers.awspca.cert-manager.io/*" -}}
{{- end -}}
{{- if and .Values.monitoring.serviceMonitor.enabled .Values.monitoring.podMonitor.enabled -}}
{{- $problems = append $problems "monitoring.serviceMonitor and monitoring.podMonitor would scrape each replica twice: keep one of them" -}}
{{- end -}}
{{- range $monitor, $there := dict "monitoring.serviceMonitor" .Values.monitoring.serviceMonitor.enabled "monitoring.podMonitor" .Values.monitoring.podMonitor.enabled -}}
{{- if and $there $.Values.networkPolicy.enabled (not $.Values.networkPolicy.adminFrom) -}}
{{- $problems = append $problems (printf "networkPolicy.enabled shuts the admin port, and %s has Prometheus scrape it: let Prometheus in by networkPolicy.adminFrom, as [{\"namespaceSelector\":{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"monitoring\"}}}]" $monitor) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.crds.enabled .Values.crds.applied -}}
{{- $problems = append $problems "crds.enabled installs the definition of Mesh, and crds.applied says that it is there: keep one of them" -}}
{{- end -}}
{{- if and .Values.crds.enabled (not .Values.crds.keep) .Values.mesh.create .Values.mesh.keep -}}
{{- $problems = append $problems (printf "crds.keep is false, so that helm uninstall removes the definition of Mesh and every Mesh with it, and mesh.keep is true: to keep mesh '%s' set crds.keep=true, else mesh.keep=false" .Values.mesh.name) -}}
{{- end -}}
{{- if hasKey (default dict .Values.mesh.conf) "issuerRef" -}}
{{- $problems = append $problems "mesh.conf has an issuerRef, and the issuer of the mesh comes from certManager: leave it out of mesh.conf, and set certManager.issuer for one of yours" -}}
{{- end -}}
{{- if and (or $cm.enabled $cm.issuer.name) (include "meshseal.lacks" (dict "root" . "kind" "cert-manager.io/v1/Certificate")) -}}
{{- $problems = append $problems "this cluster has no cert-manager: install it first, or set certManager.enabled=false and tls.secretName" -}}
{{- end -}}
{{- if and .Values.mesh.create (not .Values.crds.enabled) (include "meshseal.lacks" (dict "root" . "kind" "kuma.io/v1alpha1/Mesh")) -}}
{{- $problems = append $problems "this cluster does not know the kind Mesh of kuma.io/v1alpha1: set crds.enabled=true, or apply deploy/crd first" -}}
{{- end -}}
{{- $name := include "meshseal.fullname" . -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]*[a-z0-9])?$" $name) -}}
{{- $problems = append $problems (printf "the name that comes of release '%s' is '%s', and no Service can have it: a name is of a-z, 0-9 and -, and begins with a letter; set fullnameOverride" .Release.Name $name) -}}
{{- end -}}
{{- $problems = concat $problems (include "meshseal.foreign" . | fromJsonArray) -}}
{{- if $problems -}}
{{- fail (printf "\n\nthe values do not go together:\n- %s\n" (join "\n- " $problems)) -}}
{{- end -}}
{{- end -}}

{{/* How long things live. */}}
{{- define "meshseal.lives" -}}
{{- $problems := list -}}
{{- range $where, $times := dict "tls" .Values.tls "certManager.ca" .Values.certManager.ca -}}
{{- $duration := include "meshseal.seconds" $times.duration | int64 -}}
{{- $renewBefore := include "meshseal.seconds" $times.renewBefore | int64 -}}
{{- if lt $duration 3600 -}}
{{- $problems = append $problems (printf "%s.duration is '%s', and cert-manager makes no certificate that lives for less than 1h: make it longer" $where $times.duration) -}}
{{- end -}}
{{- if lt $renewBefore 300 -}}
{{- $problems = append $problems (printf "%s.renewBefore is '%s', and cert-manager takes no less than 5m: make it longer" $where $times.renewBefore) -}}
{{- end -}}
{{- if ge $renewBefore $duration -}}
{{- $problems = append $problems (printf "%s.renewBefore is '%s', which is not shorter than %s.duration, '%s': make it shorter" $where $times.renewBefore $where $times.duration) -}}
{{- end -}}
{{- end -}}
{{- $leaf := include "meshseal.seconds" .Values.mesh.leafLifetime | int64 -}}
{{- if or (lt $leaf 10) (gt $leaf 3153600000) -}}
{{- $problems = append $problems (printf "mesh.leafLifetime is '%s', and must be 10s to 100y: clock skew and renewal need 10 seconds of a certificate's life" .Values.mesh.leafLifetime) -}}
{{- end -}}
{{- $grace := add (int .Values.server.drainSeconds) 5 -}}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int $grace) -}}
{{- $problems = append $problems (printf "server.drainSeconds is %v and terminationGracePeriodSeconds %v, so a pod would be killed before it has ended: set terminationGracePeriodSeconds to %v or more, 5 longer than the drain" .Values.server.drainSeconds .Values.terminationGracePeriodSeconds $grace) -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{/* What is in the cluster and not of this release, which is never overwritten. */}}
{{- define "meshseal.foreign" -}}
{{- $problems := list -}}
{{- if .Values.crds.enabled -}}
{{- with lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "meshes.kuma.io" -}}
{{- if not (include "meshseal.isOurs" (dict "root" $ "object" .)) -}}
{{- if include "meshseal.isOurDefinition" . -}}
{{- $problems = append $problems "the definition of Mesh is Meshseal's already, and was not installed by this release: it is used as it is, and its status is written, so set crds.enabled=false" -}}
{{- else -}}
{{- $problems = append $problems "the definition of Mesh is there already, and another product's, such as Kuma's: it is used as it is, so set crds.enabled=false" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if include "meshseal.makesMesh" . -}}
{{- with lookup "kuma.io/v1alpha1" "Mesh" "" .Values.mesh.name -}}
{{- if not (include "meshseal.isOurs" (dict "root" $ "object" .)) -}}
{{- $problems = append $problems (printf "mesh '%s' is there already, and not of this release: set mesh.create=false to leave it as it is, or another mesh.name" $.Values.mesh.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not .Values.admin.token.existingSecret -}}
{{- $name := include "meshseal.adminTokenSecret" . -}}
{{- with lookup "v1" "Secret" .Release.Namespace $name -}}
{{- if not (hasKey (default dict .data) $.Values.admin.token.key) -}}
{{- $problems = append $problems (printf "secret '%s' has no key '%s': remove it, or set admin.token.existingSecret" $name $.Values.admin.token.key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "meshseal.isOurs" -}}
{{- $annotations := default dict .object.metadata.annotations -}}
{{- if and (eq (get $annotations "meta.helm.sh/release-name") .root.Release.Name) (eq (get $annotations "meta.helm.sh/release-namespace") .root.Release.Namespace) -}}yes{{- end -}}
{{- end -}}
